import { callGateway } from '../call-gateway.js';
import { type CredentialFiles, readCredentials } from '../device-credentials.js';
import { type DeviceSettings, settingsOf } from '../device-settings.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** The kind that the gateway logs in to. */
const OPENWRT = 'openwrt';

/** Options of `provision`. */
export interface ProvisionOptions extends ThingCommandOptions, DeviceSettings, CredentialFiles {
  readonly id?: string;
  readonly title?: string;
  readonly organization?: string;
}

/** What is to be provisioned; without a name the gateway finds one. */
export interface Provisioning {
  readonly kind: string;
  readonly name: string | undefined;
  readonly options: ProvisionOptions;
}

/** Makes a device known and prints its id, name, TD and token. */
export async function provision({ kind, name, options }: Provisioning, terminal: Terminal): Promise<ExitStatus> {
  const { id, title, organization } = options;
  const isShown = kind === OPENWRT || options.keyFile !== undefined || options.passwordFile !== undefined;
  const credentials = isShown ? await readCredentials(options, terminal) : undefined;
  const request = { kind, name, id, title, organization, ...settingsOf(options), credentials };
  const device = await callGateway('provisionDevice', request, { options, terminal });
  if (options.json) {
    terminal.print(JSON.stringify(Object.fromEntries(device)));
    return EXIT.done;
  }
  for (const [member, value] of device) terminal.print(`${member.padEnd(5)} ${value}`);
  terminal.tell(kind === OPENWRT ? uuidOf(device) : `The token is shown this once; ${useOf(kind, device)}`);
  return EXIT.done;
}

/** What the driver asks the device, before it does anything to it. */
const uuidOf = (device: ReadonlyMap<string, string>): string =>
  `It needs no token. The device has to know its UUID: uci set openwisp.http.uuid=${bareID(device)}; uci commit openwisp`;

const bareID = (device: ReadonlyMap<string, string>): string | undefined => device.get('id')?.replace('urn:uuid:', '');

/** How a device of that kind shows its token. */
function useOf(kind: string, device: ReadonlyMap<string, string>): string {
  if (kind !== 'scanner') return 'the device sends it as Authorization: Bearer.';
  const credentials = { device_token: device.get('token'), device_id: bareID(device) };
  return `the file of credentials that the scanner reads is ${JSON.stringify(credentials)}`;
}
