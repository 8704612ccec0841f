import { callGateway } from '../call-gateway.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Removes a device. */
export async function remove(name: string, options: ThingCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  await callGateway('removeDevice', { name }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ name, removed: true }));
  return EXIT.done;
}
