import { type Now, ThingError } from '@thingwright/core';

const WINDOW = 60_000;
/** Requests of one caller in a window (reference, section 8.1). */
const MOST = 1000;

/** Makes the count of requests by caller. The function throws a ThingError `tooMany` beyond 1,000 a minute. */
export function createThrottle(now: Now): (caller: string) => void {
  let counts = new Map<string, number>();
  let start = now();
  return (caller) => {
    const moment = now();
    if (moment - start >= WINDOW || moment < start) {
      counts = new Map();
      start = moment;
    }
    const count = (counts.get(caller) ?? 0) + 1;
    counts.set(caller, count);
    if (count <= MOST) return;
    const seconds = Math.ceil((start + WINDOW - moment) / 1000);
    throw new ThingError('tooMany', `Request was throttled. Expected available in ${seconds} seconds.`, {
      retryAfter: seconds,
    });
  };
}
