import type { Invocation } from './invocation.js';

/** How many run at once, and how many may wait. */
export interface RunLimits {
  readonly concurrency: number;
  readonly queue: number;
}

/** The invocations of an action that wait for their turn, first come first. */
export class RunQueue {
  readonly #run: (invocation: Invocation) => Promise<void>;
  readonly #coming = new Set<Invocation>();
  readonly #waiting: Invocation[] = [];
  #running = 0;

  /** `run` carries an invocation out; it never rejects. */
  constructor(
    readonly limits: RunLimits,
    run: (invocation: Invocation) => Promise<void>,
  ) {
    this.#run = run;
  }

  /** Whether there is no room for one more. */
  get isFull(): boolean {
    const { concurrency, queue } = this.limits;
    return this.#running + this.#waiting.length + this.#coming.size >= concurrency + queue;
  }

  /** Keeps a place for an invocation that will be {@link RunQueue.add added}. */
  announce(invocation: Invocation): void {
    this.#coming.add(invocation);
  }

  /** Lets an invocation wait until {@link RunQueue.startNext}, unless it was taken out before it came. */
  add(invocation: Invocation): void {
    if (this.#coming.delete(invocation)) this.#waiting.push(invocation);
  }

  /** Takes out one that waits, or is to come. */
  remove(invocation: Invocation): void {
    this.#coming.delete(invocation);
    const place = this.#waiting.indexOf(invocation);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  /** Takes out all that wait. */
  clear(): void {
    this.#coming.clear();
    this.#waiting.length = 0;
  }

  /** Starts as many as may run. */
  startNext(): void {
    while (this.#running < this.limits.concurrency) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#running++;
      void this.#carryOut(next);
    }
  }

  async #carryOut(invocation: Invocation): Promise<void> {
    await this.#run(invocation);
    this.#running--;
    this.startNext();
  }
}
