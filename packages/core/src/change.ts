import { v4 as uuid } from 'uuid';
import { formatMicroseconds } from './clock.js';
import type { Notification } from './notification.js';

/**
 * A Notification made by a Thing of this process. Its id and its time are written out when somebody first asks for them:
 * most changes of a busy Thing have no reader.
 */
export class Change implements Notification {
  #id: string | undefined;
  #time: string | undefined;

  constructor(
    readonly thing: string,
    readonly kind: 'property' | 'event',
    readonly name: string,
    readonly value: unknown,
    /** Microseconds since 1970; rising within the Thing, so it orders its changes too. */
    readonly micros: number,
    readonly invoker?: string,
  ) {}

  get id(): string {
    this.#id ??= uuid();
    return this.#id;
  }

  get time(): string {
    this.#time ??= formatMicroseconds(this.micros);
    return this.#time;
  }

  /** Tells whether `reference` is this change's id or time; does not mint an id that nobody has seen. */
  is(reference: string): boolean {
    return this.#id === reference || this.time === reference;
  }
}
