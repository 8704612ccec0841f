import { type ConsumedThing, consume } from '@thingwright/client';
import { isMembers } from '@thingwright/core';
import { Subscription } from 'rxjs';
import { compareReceived, type ReceivedCounts, type Told } from './received.js';

/** What is followed, and how. */
export interface FollowerOptions {
  /** URL of the Thing. */
  readonly thing: string;
  readonly token: string;
  readonly transport: 'websocket' | 'http';
  readonly affordance: 'gridPower' | 'errorRaised';
}

/** A reader with a client of its own, which remembers all that it was told. */
export class Follower implements AsyncDisposable {
  readonly #thing: ConsumedThing;
  readonly #subscription = new Subscription();
  readonly #told: Told[] = [];
  readonly #options: FollowerOptions;
  #isOpen = false;
  #last: number | undefined;
  #hasEnded = false;

  static async open(options: FollowerOptions): Promise<Follower> {
    const { thing, token, transport } = options;
    const backOff = { minimum: 100, maximum: 500 };
    return new Follower(await consume(thing, { token, transport, backOff, requestTimeout: 10_000 }), options);
  }

  private constructor(thing: ConsumedThing, options: FollowerOptions) {
    this.#thing = thing;
    this.#options = options;
    const { affordance: name } = options;
    const ended = (): void => {
      this.#hasEnded = true;
    };
    this.#subscription.add(
      thing.connection.subscribe(({ state }) => {
        this.#isOpen &&= state === 'open';
      }),
    );
    const changes = thing.observe(
      { op: name === 'gridPower' ? 'observeproperty' : 'subscribeevent', name },
      (opening) => {
        this.#isOpen = true;
        if (opening === 'gap') this.#told.push('gap');
      },
    );
    this.#subscription.add(
      changes.subscribe({
        next: ({ value, conflated = 1 }) => {
          this.#last = numberOf(value);
          this.#told.push({ number: this.#last, changes: conflated });
        },
        error: ended,
        complete: ended,
      }),
    );
  }

  /** How it is called in messages. */
  get name(): string {
    const { thing, transport, affordance } = this.#options;
    return `${affordance} of ${thing.slice(thing.lastIndexOf('/') + 1)} over ${transport}`;
  }

  /** Whether it is connected, as far as it knows, and its stream has begun. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#hasEnded;
  }

  /** The number that came last. */
  get last(): number | undefined {
    return this.#last;
  }

  /** How much was told so far; a mark for {@link Follower.numbersBetween}. */
  get mark(): number {
    return this.#told.length;
  }

  /** The numbers that were told between two marks. */
  numbersBetween(from: number, until: number): readonly number[] {
    return this.#told.slice(from, until).flatMap((told) => (told === 'gap' ? [] : [told.number]));
  }

  /** Compares what it was told with what there was. */
  compare(truth: readonly number[]): ReceivedCounts {
    return compareReceived(this.#told, truth);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription.unsubscribe();
    await this.#thing.close();
  }
}

/** The number of a value of `gridPower`, or of the data of `errorRaised`. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  const flag: unknown = isMembers(value) && Array.isArray(value.flags) ? value.flags[0] : undefined;
  return typeof flag === 'string' ? Number(flag.slice(1)) : Number.NaN;
}
