import { callGateway } from '../call-gateway.js';
import { type CredentialFiles, readCredentials } from '../device-credentials.js';
import { type DeviceSettings, settingsOf } from '../device-settings.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Options of `configure`; what is absent stays as it is. */
export interface ConfigureOptions extends ThingCommandOptions, DeviceSettings, CredentialFiles {
  /** Whether somebody is asked for another password; with another host or port that is so without a file. */
  readonly password?: boolean;
  readonly forgetHostKey?: boolean;
}

/** Changes settings of a device, and what is shown to it. */
export async function configure(name: string, options: ConfigureOptions, terminal: Terminal): Promise<ExitStatus> {
  const { host, port, forgetHostKey } = options;
  // The gateway shows what it keeps to no other place.
  const isElsewhere = host !== undefined || port !== undefined;
  const isGiven = options.password === true || options.keyFile !== undefined || options.passwordFile !== undefined;
  const credentials = isElsewhere || isGiven ? await readCredentials(options, terminal) : undefined;
  await callGateway(
    'configureDevice',
    { name, ...settingsOf(options), credentials, forgetHostKey },
    { options, terminal },
  );
  if (options.json) terminal.print(JSON.stringify({ name, configured: true }));
  return EXIT.done;
}
