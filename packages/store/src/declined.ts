/** How many keys are kept. */
export const MOST_DECLINED = 1000;

/**
 * What somebody let go of, by the key that it was found by: no policy adopts it again. A promise that resolves is a change that a power
 * failure does not undo. Everything may reject with a ThingError `unavailable`.
 */
export interface Declined {
  /** All keys, the oldest first. */
  list(): Promise<readonly string[]>;
  /** Adds one as the newest, be it known or not; of more than 1000 the oldest is forgotten. */
  add(key: string): Promise<void>;
}
