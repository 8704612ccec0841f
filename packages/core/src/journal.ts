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

/** Makes an empty Journal in memory: a ring of changes. `now` gives milliseconds since 1970. */
export function createJournal(limits: JournalLimits, now: () => number): Journal {
  const { count = 1000, age = 600_000 } = limits;
  const ring: Change[] = [];
  let oldest = 0;

  /** The i-th change, oldest first. */
  const at = (i: number): Change | undefined => ring[(oldest + i) % ring.length];

  return {
    append(change) {
      if (ring.length < count) {
        ring.push(change);
      } else if (count > 0) {
        ring[oldest] = change;
        oldest = (oldest + 1) % count;
      }
    },
    since(reference, covers) {
      const earliest = (now() - age) * 1000;
      const missed: Change[] = [];
      for (let i = ring.length - 1; i >= 0; i--) {
        const change = at(i);
        if (change === undefined || change.micros < earliest) break;
        if (change.is(reference)) return { resume: 'complete', missed: missed.reverse() };
        if (covers(change)) missed.push(change);
      }
      return { resume: 'gap', missed: [] };
    },
  };
}
