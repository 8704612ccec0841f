/** Source of time: milliseconds since 1970, UTC. Injected where a test needs it. */
export type Now = () => number;

/**
 * Gives out microseconds since 1970 that rise with every call, whatever the wall clock does: after a jump back they crawl on until it
 * has caught up.
 */
export class Clock {
  readonly #now: Now;
  #last: number;

  /** The first is later than `last`. */
  constructor(now: Now = Date.now, last = 0) {
    this.#now = now;
    this.#last = last;
  }

  /** The last one given out. */
  get last(): number {
    return this.#last;
  }

  /** Later than any before; the present time where that is later, else one microsecond after the last. */
  tick(): number {
    const present = Math.floor(this.#now() * 1000);
    this.#last = present > this.#last ? present : this.#last + 1;
    return this.#last;
  }

  /** Gives out so many more at once, that come right after the last. */
  skip(count: number): void {
    this.#last += count;
  }
}

let cachedMillisecond = Number.NaN;
let cachedText = '';
let cachedPrefix = '';

/** Formats milliseconds since 1970 as RFC 3339, UTC, three decimals: `2026-03-04T06:17:31.009Z`. Cheap for the millisecond of the call before. */
export function formatMilliseconds(moment: number): string {
  const millisecond = Math.floor(moment);
  if (millisecond !== cachedMillisecond) {
    cachedText = new Date(millisecond).toISOString();
    cachedPrefix = cachedText.slice(0, -1);
    cachedMillisecond = millisecond;
  }
  return cachedText;
}

/** Formats microseconds since 1970 as RFC 3339, UTC, six decimals: `2026-03-04T06:17:31.009001Z`. */
export function formatMicroseconds(micros: number): string {
  const millisecond = Math.floor(micros / 1000);
  if (millisecond !== cachedMillisecond) formatMilliseconds(millisecond);
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
