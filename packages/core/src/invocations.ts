import type { Invocation } from './invocation.js';

/** How many ended invocations are kept (default 100), and for how many milliseconds (default 1 h). */
export interface Retention {
  readonly count?: number;
  readonly age?: number;
}

/** What the invocations of an action need of it. */
export interface InvocationsHost {
  /** Milliseconds since 1970. */
  now(): number;
  /** Is told of one that goes. */
  readonly forget?: (actionID: string) => void;
}

/** The invocations of an action: those that are not over, and those that ended a while ago. */
export class Invocations {
  readonly #retention: Required<Retention>;
  readonly #host: InvocationsHost;
  /** By id, oldest first. */
  readonly #byID = new Map<string, Invocation>();
  /** Those that are over and still kept, in the order of their end. */
  readonly #over: Invocation[] = [];
  /** Those that were cancelled and are still kept, in the order of their end. */
  readonly #cancelled: Invocation[] = [];

  constructor({ count = 100, age = 3_600_000 }: Retention, host: InvocationsHost) {
    this.#retention = { count, age };
    this.#host = host;
  }

  /** Takes in one more. */
  add(invocation: Invocation): void {
    this.#prune();
    this.#byID.set(invocation.id, invocation);
  }

  /** Is told that one is over. */
  ended(invocation: Invocation): void {
    (invocation.cancelled ? this.#cancelled : this.#over).push(invocation);
    this.#prune();
  }

  /** All that have not been forgotten, oldest first. */
  get all(): Iterable<Invocation> {
    return this.#byID.values();
  }

  /** The invocation with that id, if it is kept; one that was cancelled only if those are asked for. */
  find(id: string, evenCancelled = false): Invocation | undefined {
    this.#prune();
    const invocation = this.#byID.get(id);
    return invocation?.cancelled && !evenCancelled ? undefined : invocation;
  }

  /** Tells whether an invocation with that id is kept, be it cancelled. */
  has(id: string): boolean {
    return this.#byID.has(id);
  }

  /** All that are kept, newest first; those that were cancelled only if they are asked for. */
  list(evenCancelled = false): readonly Invocation[] {
    this.#prune();
    return [...this.#byID.values()].filter(({ cancelled }) => evenCancelled || !cancelled).reverse();
  }

  /** Forgets what ended too long ago, or too many before; the last one that ended always stays. */
  #prune(): void {
    const { count } = this.#retention;
    this.#forget(this.#over, Math.max(count, 1), 1);
    this.#forget(this.#cancelled, count, 0);
  }

  /** Forgets the first ones of a list that are too old or too many, but leaves `least` of them. */
  #forget(list: Invocation[], most: number, least: number): void {
    const earliest = this.#host.now() - this.#retention.age;
    for (let oldest = list[0]; oldest && list.length > least; oldest = list[0]) {
      if (list.length <= most && (oldest.ended ?? earliest) >= earliest) return;
      list.shift();
      this.#byID.delete(oldest.id);
      this.#host.forget?.(oldest.id);
    }
  }
}
