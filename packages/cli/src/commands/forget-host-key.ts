import { callGateway } from '../call-gateway.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Has an OpenWrt device show another SSH host key than it did. */
export async function forgetHostKey(
  name: string,
  options: ThingCommandOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  await callGateway('forgetHostKey', { name }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ name, forgotten: true }));
  return EXIT.done;
}
