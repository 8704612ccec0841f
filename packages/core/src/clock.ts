/** Source of time: milliseconds since 1970, UTC. Injected where a test needs it. */
export type Now = () => number;

/** Gives out microseconds since 1970 that rise with every call, whatever the wall clock does. */
export interface Clock {
  /** Later than any before; the present time where that is later, else one microsecond after the last. */
  tick(): number;
  /** Gives out so many more at once, that come right after the last. */
  skip(count: number): void;
  /** The last one given out. */
  last(): number;
}

/**
 * Makes a {@link Clock} over the wall clock: after a jump back its times crawl on until the wall clock has caught up. The first
 * is later than `last`.
 */
export function createClock(now: Now = Date.now, last = 0): Clock {
  return {
    last: () => last,
    skip(count) {
      last += count;
    },
    tick() {
      const present = Math.floor(now() * 1000);
      last = present > last ? present : last + 1;
      return last;
    },
  };
}

let cachedMillisecond = -1;
let cachedPrefix = '';

/** Formats microseconds since 1970 as RFC 3339, UTC, six decimals: `2026-03-04T06:17:31.009001Z`. */
export function formatMicroseconds(micros: number): string {
  const millisecond = Math.floor(micros / 1000);
  if (millisecond !== cachedMillisecond) {
    cachedPrefix = new Date(millisecond).toISOString().slice(0, -1);
    cachedMillisecond = millisecond;
  }
  const rest = micros - millisecond * 1000;
  return rest === 0 ? `${cachedPrefix}000Z` : `${cachedPrefix}${String(rest).padStart(3, '0')}Z`;
}

const MICROSECOND_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})(\d{3})Z$/;

/** Reads back what {@link formatMicroseconds} wrote; undefined for any other text. */
export function parseMicroseconds(text: string): number | undefined {
  const [, milliseconds, rest] = MICROSECOND_TIME.exec(text) ?? [];
  const time = Date.parse(`${milliseconds}Z`);
  return Number.isNaN(time) ? undefined : time * 1000 + Number(rest);
}

/** Cuts a notification's time to the milliseconds that the other messages carry. */
export const toMilliseconds = (time: string): string => `${time.slice(0, 23)}Z`;
