/** How long to wait between two attempts to connect. */
export interface BackOffOptions {
  /** Milliseconds before the second attempt. Default 1000. */
  readonly least?: number;
  /** Milliseconds at most. Default 30,000. */
  readonly most?: number;
  /** From 0 to 1; spreads devices that lost the same server. Default `Math.random`. */
  readonly random?: () => number;
}

/** Waits that double with every failure, with jitter. */
export interface BackOff {
  /** Milliseconds to wait now: between half and all of a span that doubles each time. */
  next(): number;
  /** Begins anew, after a success. */
  reset(): void;
}

/** Makes a BackOff. */
export function createBackOff({ least = 1000, most = 30_000, random = Math.random }: BackOffOptions = {}): BackOff {
  let span = least;
  return {
    next() {
      const wait = span * (0.5 + random() / 2);
      span = Math.min(span * 2, most);
      return Math.max(least, wait);
    },
    reset() {
      span = least;
    },
  };
}
