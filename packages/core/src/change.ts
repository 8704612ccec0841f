import { v4 as uuid } from 'uuid';
import { formatMicroseconds } from './clock.js';
import type { Notification } from './notification.js';

/** Where a Change comes from; one object serves all changes of an affordance. */
export type Origin = Pick<Notification, 'thing' | 'kind' | 'name' | 'invoker'>;

/**
 * A Notification made by a Thing of this process. Its id and its time are written out when somebody first asks for them:
 * most changes of a busy Thing have no reader.
 */
export class Change implements Notification {
  readonly #origin: Origin;
  #id: string | undefined;
  #time: string | undefined;

  constructor(
    origin: Origin,
    readonly value: unknown,
    /** Microseconds since 1970; rising within the Thing, so it orders its changes too. */
    readonly micros: number,
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

  get id(): string {
    this.#id ??= uuid();
    return this.#id;
  }

  get time(): string {
    this.#time ??= formatMicroseconds(this.micros);
    return this.#time;
  }

  /** Tells whether that is this change's id; does not mint one that nobody has seen. */
  hasID(id: string): boolean {
    return this.#id === id;
  }
}
