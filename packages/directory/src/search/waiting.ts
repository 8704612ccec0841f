/** How many wait of each of those who share something. */
export class Waiting {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  /** At most that many of each. */
  constructor(most: number) {
    this.#most = most;
  }

  isFull(whose: string): boolean {
    return (this.#counts.get(whose) ?? 0) >= this.#most;
  }

  enter(whose: string): void {
    this.#counts.set(whose, (this.#counts.get(whose) ?? 0) + 1);
  }

  leave(whose: string): void {
    const left = (this.#counts.get(whose) ?? 1) - 1;
    if (left > 0) this.#counts.set(whose, left);
    else this.#counts.delete(whose);
  }
}
