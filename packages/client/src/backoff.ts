/** How long to wait before another attempt. Milliseconds. */
export interface BackoffOptions {
  /** Never less than this; default 1000. */
  readonly minimum?: number;
  /** Never more than this; default 30 000. */
  readonly maximum?: number;
  /** A number from 0 up to 1; default Math.random. */
  readonly random?: () => number;
}

/** Milliseconds to wait after so many failed attempts in a row (1, 2, …). */
export type Backoff = (failures: number) => number;

/** Makes a back-off whose range doubles with every failure, and which picks at random within it so that clients spread. */
export function createBackoff({
  minimum = 1000,
  maximum = 30_000,
  random = Math.random,
}: BackoffOptions = {}): Backoff {
  return (failures) => {
    const ceiling = Math.min(maximum, minimum * 2 ** Math.min(failures, 30));
    return minimum + random() * Math.max(0, ceiling - minimum);
  };
}
