/** Kinds of promises that a gateway makes by an answer. */
export const PROMISES = ['writes', 'invocations', 'credentials', 'points', 'upgrades', 'cancels'] as const;
/** One of these kinds. */
export type PromiseKind = (typeof PROMISES)[number];

/** What was acknowledged, and what of it was found again. */
export interface Count {
  acknowledged: number;
  found: number;
  lost: number;
}

const nothing = (): Count => ({ acknowledged: 0, found: 0, lost: 0 });

/** Counts what was acknowledged, found and lost, and notes all else that must not be. */
export class Tally {
  readonly counts: Readonly<Record<PromiseKind, Count>> = {
    writes: nothing(),
    invocations: nothing(),
    credentials: nothing(),
    points: nothing(),
    upgrades: nothing(),
    cancels: nothing(),
  };
  readonly violations: string[] = [];

  /** Something that was acknowledged was looked for; `what` tells of it if it was lost. */
  looked(kind: PromiseKind, isFound: boolean, what: () => string): void {
    const count = this.counts[kind];
    count.acknowledged++;
    if (isFound) count.found++;
    else {
      count.lost++;
      this.violate(`lost of ${kind}: ${what()}`);
    }
  }

  /** Something that was counted as found was looked for again. */
  lookedAgain(kind: PromiseKind, isFound: boolean, what: () => string): void {
    if (isFound) return;
    const count = this.counts[kind];
    count.found--;
    count.lost++;
    this.violate(`lost of ${kind}, later: ${what()}`);
  }

  /** Something is not as it has to be. */
  violate(what: string): void {
    this.violations.push(what);
  }
}
