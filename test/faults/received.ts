/** One thing that a reader was told: a number, perhaps standing for several changes, or that something may be missing. */
export type Told = { readonly number: number; readonly changes: number } | 'gap';

/** What came of a reader. */
export interface ReceivedCounts {
  readonly notifications: number;
  readonly gaps: number;
  /** Numbers that did not come, and the reader was told. */
  readonly missed: number;
  /** Numbers that came twice or out of order. */
  readonly duplicates: number;
  /** Numbers that did not come, without a word. */
  readonly lost: number;
}

/**
 * Compares what a reader was told with what there was, both in the order of time. A number that is only with the reader is no
 * fault: it was told before it was kept, and the process was killed.
 */
export function compareReceived(told: readonly Told[], truth: readonly number[]): ReceivedCounts {
  let [notifications, gaps, missed, duplicates, lost] = [0, 0, 0, 0, 0];
  let last: number | undefined;
  let isGapOpen = false;
  for (const one of told) {
    if (one === 'gap') {
      gaps++;
      isGapOpen = true;
      continue;
    }
    notifications++;
    if (last !== undefined && one.number <= last) {
      duplicates++;
      continue;
    }
    if (last !== undefined) {
      const between = countBetween(truth, last, one.number) - (one.changes - 1);
      if (between > 0 && isGapOpen) missed += between;
      else if (between > 0) lost += between;
    }
    last = one.number;
    isGapOpen = false;
  }
  const left = last === undefined ? 0 : countBetween(truth, last, Number.POSITIVE_INFINITY);
  if (isGapOpen) missed += left;
  else lost += left;
  return { notifications, gaps, missed, duplicates, lost };
}

/** How many of rising numbers are above one and below another. */
function countBetween(numbers: readonly number[], low: number, high: number): number {
  return Math.max(0, firstFrom(numbers, high) - firstFrom(numbers, low + 0.5));
}

/** The index of the first one that is not below a limit. */
function firstFrom(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
