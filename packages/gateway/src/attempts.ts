import { type Now, ThingError } from '@thingwright/core';

/** How many failed attempts of one address are let through: `count` (default 20) in `window` milliseconds (default 60 s). */
export interface AttemptLimits {
  readonly count?: number;
  readonly window?: number;
}

/** Counts failed attempts to authenticate, by address, so that nobody guesses at leisure. */
export interface Attempts {
  /** @throws ThingError `tooMany` with `retryAfter` while that address has failed too often. */
  admit(address: string): void;
  /** Counts one failure. */
  fail(address: string): void;
}

interface Window {
  readonly end: number;
  failures: number;
}

/** Addresses remembered at most; beyond that the oldest are forgotten. */
const MOST_ADDRESSES = 10_000;

/** Makes a count of failures; one address never speaks for another. */
export function createAttempts(limits: AttemptLimits = {}, now: Now = Date.now): Attempts {
  const { count = 20, window = 60_000 } = limits;
  const windows = new Map<string, Window>();

  const current = (address: string): Window | undefined => {
    const found = windows.get(address);
    if (!found || found.end > now()) return found;
    windows.delete(address);
    return undefined;
  };

  return {
    admit(address) {
      const found = current(address);
      if (!found || found.failures < count) return;
      const retryAfter = Math.ceil((found.end - now()) / 1000);
      throw new ThingError('tooMany', `Too many failed attempts; try again in ${retryAfter} s`, { retryAfter });
    },
    fail(address) {
      const found = current(address);
      if (found) {
        found.failures++;
        return;
      }
      if (windows.size >= MOST_ADDRESSES) windows.delete(windows.keys().next().value ?? '');
      windows.set(address, { end: now() + window, failures: 1 });
    },
  };
}
