/** How much work a second is worth. */
export interface BudgetLimits {
  /** For all sources together. */
  readonly total: number;
  /** For one source. */
  readonly each: number;
}

/** Work that strangers can cause, of which there is so much a second for all of them, and so much for each. */
export class Budget {
  readonly #limits: BudgetLimits;
  /** By source, no more than there is work for. */
  readonly #spent = new Map<string, number>();
  #total = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** Whether there is still work to be had for a source; takes it. */
  take(source: string): boolean {
    const { total, each } = this.#limits;
    if (this.#total >= total) return false;
    const spent = this.#spent.get(source) ?? 0;
    if (spent >= each) return false;
    this.#spent.set(source, spent + 1);
    this.#total++;
    return true;
  }

  /** A second is over. */
  renew(): void {
    this.#spent.clear();
    this.#total = 0;
  }
}
