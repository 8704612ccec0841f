import { EXIT, type ExitStatus } from './exit-status.js';
import type { Interruption } from './interruption.js';
import type { TargetOptions } from './target.js';
import type { Terminal } from './terminal.js';
import { usageError } from './usage-error.js';

/** Options of all simulators. */
export interface SimulatorOptions extends Pick<TargetOptions, 'url'> {
  readonly untilInputCloses?: boolean;
}

/** The token of the device that is simulated. @throws CommanderError if it is missing. */
export function deviceToken({ environment }: Terminal): string {
  const token = environment.THINGWRIGHT_DEVICE_TOKEN;
  if (!token) throw usageError('The token is missing: set THINGWRIGHT_DEVICE_TOKEN');
  return token;
}

/** Waits until a simulator is interrupted or has ended by itself: as it should only if somebody stopped it. */
export async function runUntilEnd(
  ended: Promise<{ readonly cause: string }>,
  { stop, options }: { readonly stop: Interruption; readonly options: SimulatorOptions },
): Promise<ExitStatus> {
  const ends = [stop.happened, ended, ...(options.untilInputCloses ? [inputClosed()] : [])];
  const end = await Promise.race(ends);
  return typeof end === 'object' && end.cause !== 'stopped' ? EXIT.failed : EXIT.done;
}

/** Resolves when standard input closes: whoever started us is gone, in whatever way. */
const inputClosed = (): Promise<'closed'> =>
  new Promise((resolve) => {
    process.stdin
      .once('close', () => resolve('closed'))
      .once('error', () => resolve('closed'))
      .resume();
  });
