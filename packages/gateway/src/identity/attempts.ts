import { type Now, ThingError } from '@thingwright/core';

/** How many failed attempts of one address, or at one name, are let through: `count` (default 20) in `window` milliseconds (default 60 s). */
export interface AttemptLimits {
  readonly count?: number;
  readonly window?: number;
}

/** Counts failed attempts to authenticate, by address or by name, so that nobody guesses at leisure. */
export interface Attempts {
  /** @throws ThingError `tooMany` with `retryAfter` while that address or name has failed too often. */
  admit(name: string): void;
  /** Counts one failure. */
  fail(name: string): void;
  /** Takes one failure back: what was counted before it could be told did not fail. */
  forgive(name: string): void;
}

interface Window {
  readonly end: number;
  failures: number;
}

/** Addresses or names remembered at most; beyond that the oldest are forgotten. */
const MOST_KEYS = 10_000;

/** Makes a count of failures; one address or name never speaks for another, but for those to which `keyOf` gives the same key. */
export function createAttempts(
  limits: AttemptLimits & { keyOf?(name: string): string } = {},
  now: Now = Date.now,
): Attempts {
  const { count = 20, window = 60_000, keyOf = (name: string) => name } = limits;
  const windows = new Map<string, Window>();

  const current = (key: string): Window | undefined => {
    const found = windows.get(key);
    if (!found || found.end > now()) return found;
    windows.delete(key);
    return undefined;
  };

  return {
    admit(name) {
      const found = current(keyOf(name));
      if (!found || found.failures < count) return;
      const retryAfter = Math.ceil((found.end - now()) / 1000);
      throw new ThingError('tooMany', `Too many failed attempts; try again in ${retryAfter} s`, { retryAfter });
    },
    fail(name) {
      const key = keyOf(name);
      const found = current(key);
      if (found) {
        found.failures++;
        return;
      }
      if (windows.size >= MOST_KEYS) windows.delete(windows.keys().next().value ?? '');
      windows.set(key, { end: now() + window, failures: 1 });
    },
    forgive(name) {
      const found = current(keyOf(name));
      if (found && found.failures > 0) found.failures--;
    },
  };
}
