import type { Change } from './change.js';

/** How much a Journal keeps: `count` notifications (default 1000), none older than `age` milliseconds (default 10 min). */
export interface JournalLimits {
  readonly count?: number;
  readonly age?: number;
}

/** What a reader that comes back gets: all that it missed, or a gap. */
export interface Replay {
  readonly resume: 'complete' | 'gap';
  readonly missed: readonly Change[];
}

/** The bounded record of a Thing's notifications that a reader can resume from. */
export interface Journal {
  append(change: Change): void;
  /**
   * The changes after the one that `reference` (an id or a time) names, of those that `covers` lets through. A reference that
   * is not, or no longer, in the journal is a gap, and nothing is replayed.
   */
  since(reference: string, covers: (change: Change) => boolean): Replay;
}

/**
 * Makes an empty Journal in memory. `now` gives milliseconds since 1970.
 * @throws RangeError for a count that is no whole number from 0, or an age that is negative or no number.
 */
export function createJournal(limits: JournalLimits, now: () => number): Journal {
  const { count = 1000, age = 600_000 } = limits;
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`A journal cannot keep ${count} notifications`);
  if (!(age >= 0)) throw new RangeError(`A journal cannot keep notifications for ${age} ms`);

  /** A ring: `size` changes from the index `first` on, oldest first; it grows to `count` places. */
  const ring: (Change | undefined)[] = [];
  let first = 0;
  let size = 0;

  const at = (i: number): Change | undefined => ring[(first + i) % count];

  const dropOldest = (): void => {
    ring[first] = undefined;
    first = (first + 1) % count;
    size--;
  };

  /** What is too old goes when something comes: two for each that comes, so that no change has to wait for many. */
  const dropAged = (earliest: number): void => {
    for (let i = 0; i < 2; i++) {
      const oldest = at(0);
      if (size === 0 || oldest === undefined || oldest.micros >= earliest) return;
      dropOldest();
    }
  };

  return {
    append(change) {
      if (count === 0) return;
      dropAged(change.micros - age * 1000);
      if (size === count) dropOldest();
      ring[(first + size) % count] = change;
      size++;
    },
    since(reference, covers) {
      const earliest = (now() - age) * 1000;
      const missed: Change[] = [];
      for (let i = size - 1; i >= 0; i--) {
        const change = at(i);
        if (change === undefined || change.micros < earliest) break;
        if (change.is(reference)) return { resume: 'complete', missed: missed.reverse() };
        if (covers(change)) missed.push(change);
      }
      return { resume: 'gap', missed: [] };
    },
  };
}
