import { callGateway } from '../call-gateway.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Options of `provision`. */
export interface ProvisionOptions extends ThingCommandOptions {
  readonly title?: string;
  readonly organization?: string;
  readonly dialect?: string;
}

/** What is to be provisioned; without a name the gateway finds one. */
export interface Provisioning {
  readonly kind: string;
  readonly name: string | undefined;
  readonly options: ProvisionOptions;
}

/** Makes a device known and prints its id, name, TD and token. */
export async function provision({ kind, name, options }: Provisioning, terminal: Terminal): Promise<ExitStatus> {
  const { title, organization, dialect } = options;
  const device = await callGateway(
    'provisionDevice',
    { kind, name, title, organization, dialect },
    { options, terminal },
  );
  if (options.json) {
    terminal.print(JSON.stringify(Object.fromEntries(device)));
    return EXIT.done;
  }
  for (const [member, value] of device) terminal.print(`${member.padEnd(5)} ${value}`);
  terminal.tell(`The token is shown this once; ${useOf(kind, device)}`);
  return EXIT.done;
}

/** How a device of that kind shows its token. */
function useOf(kind: string, device: ReadonlyMap<string, string>): string {
  if (kind !== 'scanner') return 'the device sends it as Authorization: Bearer.';
  const credentials = { device_token: device.get('token'), device_id: device.get('id')?.replace('urn:uuid:', '') };
  return `the file of credentials that the scanner reads is ${JSON.stringify(credentials)}`;
}
