/** How long those wait who were cut off from a server. */
export interface BackOffOptions {
  /** Milliseconds; never less than this. Default 1000. */
  readonly minimum?: number;
  /** Milliseconds; never more than this. Default 30,000. */
  readonly maximum?: number;
  /** From 0 up to 1; spreads those that lost the same server. Default `Math.random`. */
  readonly random?: () => number;
}

/** Milliseconds to wait after so many failed attempts in a row (1, 2, …). */
export type BackOff = (failures: number) => number;

/** Makes a BackOff whose range doubles with every failure, and which picks at random within it. */
export function createBackOff({
  minimum = 1000,
  maximum = 30_000,
  random = Math.random,
}: BackOffOptions = {}): BackOff {
  return (failures) => {
    const ceiling = Math.min(maximum, minimum * 2 ** Math.min(failures, 30));
    return minimum + random() * Math.max(0, ceiling - minimum);
  };
}
