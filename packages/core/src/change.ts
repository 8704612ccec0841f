import { formatMicroseconds } from './clock.js';
import type { Notification } from './notification.js';

/** Where a Change comes from; one object serves all changes of an affordance. */
export type Origin = Pick<Notification, 'thing' | 'kind' | 'name' | 'invoker'>;

/** A Notification made by a Thing of this process. Its time is written out when somebody first asks for it. */
export class Change implements Notification {
  readonly #origin: Origin;
  #time: string | undefined;

  constructor(
    origin: Origin,
    readonly value: unknown,
    /** Microseconds since 1970; rising within the Thing, so it orders its changes too. */
    readonly micros: number,
    readonly id: string,
  ) {
    this.#origin = origin;
  }

  get thing(): string {
    return this.#origin.thing;
  }

  get kind(): Notification['kind'] {
    return this.#origin.kind;
  }

  get name(): string {
    return this.#origin.name;
  }

  get invoker(): string | undefined {
    return this.#origin.invoker;
  }

  get time(): string {
    this.#time ??= formatMicroseconds(this.micros);
    return this.#time;
  }
}
