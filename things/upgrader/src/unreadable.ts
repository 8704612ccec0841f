import { ThingError } from '@thingwright/core';

/** What a row that is there and cannot be read counts as, where others must not suffer from it: none. All other errors go on. */
export function unlessUnreadable(error: unknown): undefined {
  if (error instanceof ThingError && error.code === 'conflict') return undefined;
  throw error;
}
