/** What one reader has of one affordance whose values are numbered. */
export interface LedgerCounts {
  readonly notifications: number;
  /** Changes that did not come by themselves, because a later one stood for them. */
  readonly conflated: number;
  /** Numbers that came before. */
  readonly duplicates: number;
  /** Numbers that never came, without a word. */
  readonly losses: number;
  /** Notifications that claimed to stand for more changes than there were. */
  readonly overstated: number;
  /** How often the reader was told that something may be missing. */
  readonly gaps: number;
  /** Gaps after which nothing was missing. */
  readonly needlessGaps: number;
  /** Numbers that never came, and the reader was told. */
  readonly missed: number;
}

/** Checks that every number comes exactly once and in order, or is covered by a gap that was told before. */
export class AffordanceLedger {
  #last: number | undefined;
  #isGapOpen = false;
  #notifications = 0;
  #conflated = 0;
  #duplicates = 0;
  #losses = 0;
  #overstated = 0;
  #gaps = 0;
  #needlessGaps = 0;
  #missed = 0;

  /** The last number that came. */
  get last(): number | undefined {
    return this.#last;
  }

  get counts(): LedgerCounts {
    return {
      notifications: this.#notifications,
      conflated: this.#conflated,
      duplicates: this.#duplicates,
      losses: this.#losses,
      overstated: this.#overstated,
      gaps: this.#gaps,
      needlessGaps: this.#needlessGaps,
      missed: this.#missed,
    };
  }

  /** A number came, standing for that many changes. */
  take(number: number, changes = 1): void {
    this.#notifications++;
    const last = this.#last;
    if (last === undefined) {
      this.#last = number;
      this.#isGapOpen = false;
      return;
    }
    if (number <= last) {
      this.#duplicates++;
      return;
    }
    this.#conflated += changes - 1;
    this.#skip(number - last - changes);
    this.#last = number;
  }

  /** The reader was told that something may be missing from here on. Told again before anything came, it is the same gap. */
  gap(): void {
    this.#gaps++;
    this.#isGapOpen = true;
  }

  /** Nothing more will come; `number` was the last one there was. */
  close(number: number): void {
    if (this.#last !== undefined) this.#skip(number - this.#last);
    this.#last = number;
  }

  /** So many numbers did not come. */
  #skip(numbers: number): void {
    if (numbers < 0) this.#overstated++;
    else if (this.#isGapOpen) this.#missed += numbers;
    else this.#losses += numbers;
    if (this.#isGapOpen && numbers === 0) this.#needlessGaps++;
    this.#isGapOpen = false;
  }
}

/** The sum of two counts, each by itself. */
export const addCounts = (one: LedgerCounts, other: LedgerCounts): LedgerCounts => ({
  notifications: one.notifications + other.notifications,
  conflated: one.conflated + other.conflated,
  duplicates: one.duplicates + other.duplicates,
  losses: one.losses + other.losses,
  overstated: one.overstated + other.overstated,
  gaps: one.gaps + other.gaps,
  needlessGaps: one.needlessGaps + other.needlessGaps,
  missed: one.missed + other.missed,
});
