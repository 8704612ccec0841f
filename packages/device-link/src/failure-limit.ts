import type { Now } from '@thingwright/core';

/** How many failed attempts go through the full check before the rest is refused cheaply. */
export interface FailureLimitOptions {
  /** Failures in a row before it bites. Default 20. */
  readonly burst?: number;
  /** Milliseconds after which one more attempt is checked in full. Default 3000. */
  readonly refill?: number;
  /** How many pairs of a network and a name are remembered; the oldest is forgotten first. Default 10,000. */
  readonly capacity?: number;
}

/** Counts failures by key; forgets them at a steady rate. */
export interface FailureLimit {
  /** Seconds until the next attempt of that key is checked in full; 0: it is now. */
  retryAfter(key: string): number;
  /** Notes that an attempt failed. */
  record(key: string): void;
}

/** Makes a FailureLimit with nothing to remember. */
export function createFailureLimit(options: FailureLimitOptions, now: Now): FailureLimit {
  const { burst = 20, refill = 3000, capacity = 10_000 } = options;
  /** By key, when all its failures will be forgotten; each failure adds `refill` to it. Least recently failed first. */
  const forgotten = new Map<string, number>();

  return {
    retryAfter(key) {
      const until = forgotten.get(key);
      if (until === undefined) return 0;
      const over = until - now() - (burst - 1) * refill;
      return over > 0 ? Math.ceil(over / 1000) : 0;
    },
    record(key) {
      const present = now();
      const until = Math.max(forgotten.get(key) ?? 0, present) + refill;
      forgotten.delete(key);
      forgotten.set(key, Math.min(until, present + burst * refill));
      if (forgotten.size <= capacity) return;
      for (const oldest of forgotten.keys()) {
        forgotten.delete(oldest);
        return;
      }
    },
  };
}
