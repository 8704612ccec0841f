import { callGateway } from '../call-gateway.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Options of `rotate`. */
export interface RotateOptions extends ThingCommandOptions {
  readonly overlap: number;
}

/** Gives a device a new token and prints it. */
export async function rotate(name: string, options: RotateOptions, terminal: Terminal): Promise<ExitStatus> {
  const output = await callGateway('rotateToken', { name, overlapSeconds: options.overlap }, { options, terminal });
  const token = output.get('token') ?? '';
  terminal.print(options.json ? JSON.stringify({ name, token }) : token);
  return EXIT.done;
}
