import { ThingError } from '@thingwright/core';
import { toThingError } from './thread/thing-errors.js';

/** The ThingError of what went wrong with a backup: what a file system refuses is `unavailable`, and the signal `aborted`. */
export function toBackupError(error: unknown, what: string, signal: AbortSignal | undefined): ThingError {
  if (signal?.aborted) return new ThingError('aborted', `${what} was ended before it was done`);
  if (error instanceof ThingError) return error;
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    return new ThingError('unavailable', `${what} failed: ${error.message}`, { cause: error });
  }
  return toThingError(error);
}
