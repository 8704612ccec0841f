import { ThingError } from '@thingwright/core';
import type { PageQuery } from './upgrade-rows.js';

const MOST = 1000;

/** The part of a list that is wanted. @throws ThingError `invalid`. */
export function partOf({ offset = 0, limit = 100 }: PageQuery): { readonly offset: number; readonly limit: number } {
  if (!(Number.isSafeInteger(offset) && offset >= 0)) {
    throw new ThingError('invalid', `An offset is a whole number from 0, not ${offset}`);
  }
  return { offset, limit: limitOf(limit) };
}

/** @throws ThingError `invalid` for a limit that is not from 1 to 1000. */
export function limitOf(limit: number): number {
  if (Number.isInteger(limit) && limit > 0 && limit <= MOST) return limit;
  throw new ThingError('invalid', `A limit is a whole number from 1 to ${MOST}, not ${limit}`);
}
