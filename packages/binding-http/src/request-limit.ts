import { ThingError } from '@thingwright/core';

/** How many requests a caller may send: `perSecond` in the long run, `burst` at once (default: those of two seconds). */
export interface RequestRate {
  readonly perSecond: number;
  readonly burst?: number;
}

/** Counts a request of a caller. @throws ThingError `tooMany`, with the seconds to wait, for one too many. */
export type RequestLimit = (caller: string) => void;

/** Buckets that may be kept before those that are full again are thrown away. */
const MANY = 1000;

/** Makes a limit of a token bucket a caller. `now` gives milliseconds. @throws RangeError for a rate that is not positive. */
export function createRequestLimit(rate: RequestRate, now: () => number = () => performance.now()): RequestLimit {
  const { perSecond, burst = 2 * perSecond } = rate;
  if (!(perSecond > 0 && burst >= 1)) throw new RangeError(`A rate has to be positive, not ${perSecond}, ${burst}`);
  const buckets = new Map<string, { left: number; at: number }>();

  const refill = (bucket: { readonly left: number; readonly at: number }, time: number): number =>
    Math.min(burst, bucket.left + ((time - bucket.at) / 1000) * perSecond);

  return (caller) => {
    const time = now();
    if (buckets.size >= MANY && !buckets.has(caller)) {
      for (const [key, bucket] of buckets) if (refill(bucket, time) >= burst) buckets.delete(key);
    }
    const bucket = buckets.get(caller) ?? { left: burst, at: time };
    const left = refill(bucket, time);
    if (left < 1) {
      throw new ThingError('tooMany', 'Too many requests', { retryAfter: (1 - left) / perSecond });
    }
    bucket.left = left - 1;
    bucket.at = time;
    buckets.set(caller, bucket);
  };
}
