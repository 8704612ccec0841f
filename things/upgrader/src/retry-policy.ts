/** How often, and when, is tried again what failed before the point of no return. */
export interface RetryPolicy {
  /** Attempts after the first, before it is given up or waits for its device. Default 4. */
  readonly retries: number;
  /** Milliseconds before the first of them, doubling, up to `maximum`; full jitter. Default 60,000 and 600,000. */
  readonly delay: number;
  readonly maximum: number;
  /** The same for those that wait for their device; a quarter more or less. Default 600,000 and 43,200,000 (12 h). */
  readonly persistentDelay: number;
  readonly persistentMaximum: number;
}

/** What the reference does (sections 5.3 and 14.1). */
export const RETRY_POLICY: RetryPolicy = {
  retries: 4,
  delay: 60_000,
  maximum: 600_000,
  persistentDelay: 600_000,
  persistentMaximum: 43_200_000,
};

const doubling = (delay: number, maximum: number, count: number): number =>
  Math.min(maximum, delay * 2 ** Math.min(count - 1, 30));

/** Milliseconds until the next attempt after so many failures (1, 2, …); `random` is from 0 up to 1. */
export const retryDelay = ({ delay, maximum }: RetryPolicy, failures: number, random: number): number =>
  Math.floor(random * doubling(delay, maximum, failures));

/** Milliseconds until a device is tried again that could not be reached, for the first time, the second, …. */
export const persistentDelay = (policy: RetryPolicy, count: number, random: number): number =>
  Math.floor(doubling(policy.persistentDelay, policy.persistentMaximum, count) * (0.75 + random / 2));

/** What neither of these is longer than. */
export const longestDelay = ({ maximum }: RetryPolicy): number => maximum;
export const longestPersistentDelay = ({ persistentMaximum }: RetryPolicy): number =>
  Math.ceil(persistentMaximum * 1.25);
