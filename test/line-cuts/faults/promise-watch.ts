/** How the promises that are watched came out. */
export interface PromiseCounts {
  readonly kept: number;
  /** How often each reason was given. */
  readonly broken: Readonly<Record<string, number>>;
  /** Those that have not been settled yet. */
  readonly pending: number;
  /** Those that took longer than they may, settled or not. */
  readonly overdue: number;
  /** Those that were kept with something else than was promised. */
  readonly wrong: number;
}

/** Counts promises, and those that are left hanging. */
export class PromiseWatch {
  readonly #reasonOf: (error: unknown) => string;
  readonly #broken = new Map<string, number>();
  readonly #begun = new Set<{ readonly due: number }>();
  #kept = 0;
  #late = 0;
  #wrong = 0;

  /** `reasonOf` names what a promise was rejected with. */
  constructor(reasonOf: (error: unknown) => string) {
    this.#reasonOf = reasonOf;
  }

  get counts(): PromiseCounts {
    const now = performance.now();
    const hanging = [...this.#begun].filter(({ due }) => due < now).length;
    return {
      kept: this.#kept,
      broken: Object.fromEntries(this.#broken),
      pending: this.#begun.size,
      overdue: this.#late + hanging,
      wrong: this.#wrong,
    };
  }

  /** Watches a promise that has to be settled within so many milliseconds, with a value that `isRight`. */
  watch<T>(promise: Promise<T>, milliseconds: number, isRight: (value: T) => boolean): void {
    const entry = { due: performance.now() + milliseconds };
    this.#begun.add(entry);
    const settle = (): void => {
      this.#begun.delete(entry);
      if (entry.due < performance.now()) this.#late++;
    };
    promise.then(
      (value) => {
        settle();
        this.#kept++;
        if (!isRight(value)) this.#wrong++;
      },
      (error: unknown) => {
        settle();
        const reason = this.#reasonOf(error);
        this.#broken.set(reason, (this.#broken.get(reason) ?? 0) + 1);
      },
    );
  }
}
