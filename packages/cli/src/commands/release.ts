import { callGateway } from '../call-gateway.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Has the gateway let go of an adopted Thing. */
export async function release(name: string, options: ThingCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  await callGateway('releaseThing', { name }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ name, released: true }));
  return EXIT.done;
}
