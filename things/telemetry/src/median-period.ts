const KEPT = 15;

/** The median of the last periods between frames; keeps numbers only, and sorts them only when asked. */
export class MedianPeriod {
  readonly #periods: number[] = [];
  #count = 0;

  /** Takes in one more period, in milliseconds. */
  add(period: number): void {
    this.#periods[this.#count % KEPT] = period;
    this.#count++;
  }

  /** Milliseconds; undefined while there is none. */
  get value(): number | undefined {
    const known = Math.min(this.#count, KEPT);
    return [...this.#periods].sort((a, b) => a - b)[Math.floor(known / 2)];
  }
}
