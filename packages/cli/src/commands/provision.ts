import { readFile } from 'node:fs/promises';
import { callGateway } from '../call-gateway.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { readPassword } from '../password.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';
import { usageError } from '../usage-error.js';

/** The kind that the gateway logs in to. */
const OPENWRT = 'openwrt';

/** Options of `provision`. */
export interface ProvisionOptions extends ThingCommandOptions {
  readonly title?: string;
  readonly organization?: string;
  readonly dialect?: string;
  readonly group?: string;
  readonly location?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly model?: string;
  /** Files; secrets have no place on a command line. */
  readonly keyFile?: string;
  readonly passwordFile?: string;
}

/** What is to be provisioned; without a name the gateway finds one. */
export interface Provisioning {
  readonly kind: string;
  readonly name: string | undefined;
  readonly options: ProvisionOptions;
}

/** Makes a device known and prints its id, name, TD and token. */
export async function provision({ kind, name, options }: Provisioning, terminal: Terminal): Promise<ExitStatus> {
  const { title, organization, dialect, group, location, host, port, user, model } = options;
  const settings = { dialect, group, location, host, port, user, model };
  const credentials = await readCredentials(kind, options, terminal);
  const request = { kind, name, title, organization, ...settings, credentials };
  const device = await callGateway('provisionDevice', request, { options, terminal });
  if (options.json) {
    terminal.print(JSON.stringify(Object.fromEntries(device)));
    return EXIT.done;
  }
  for (const [member, value] of device) terminal.print(`${member.padEnd(5)} ${value}`);
  terminal.tell(kind === OPENWRT ? uuidOf(device) : `The token is shown this once; ${useOf(kind, device)}`);
  return EXIT.done;
}

/** What the gateway shows to the device: a key from a file, or a password from one, or from who is asked for it. */
async function readCredentials(
  kind: string,
  { keyFile, passwordFile }: ProvisionOptions,
  terminal: Terminal,
): Promise<object | undefined> {
  if (keyFile !== undefined) return { privateKey: await readKey(keyFile) };
  if (kind !== OPENWRT && passwordFile === undefined) return undefined;
  return { password: await readPassword('Password of the device', passwordFile, terminal) };
}

const readKey = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(() => {
    throw usageError(`--key-file: '${file}' cannot be read`);
  });

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
