import { ThingError } from '@thingwright/core';
import type { ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';

/** Runs a simulated device. */
export async function simulate(
  kind: string,
  _options: Readonly<Record<string, string | boolean | undefined>>,
  _terminal: Terminal,
): Promise<ExitStatus> {
  throw new ThingError('invalid', `There is no simulator of '${kind}'`);
}
