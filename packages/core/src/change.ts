import { formatMicroseconds } from './clock.js';
import type { Notification } from './notification.js';
import type { NotificationIDs } from './notification-ids.js';

/** Where a Change comes from; one object serves all changes of an affordance. */
export type Origin = Pick<Notification, 'thing' | 'kind' | 'name' | 'invoker'>;

/** What a {@link Change} says, and when. */
export interface Content extends Pick<Notification, 'value' | 'json'> {
  readonly micros: number;
}

/** A Notification made by a Thing of this process. Its id and its time are written out when somebody first asks for them. */
export class Change implements Notification {
  readonly #origin: Origin;
  readonly #ids: NotificationIDs;
  #id: string | undefined;
  #time: string | undefined;

  readonly value: unknown;
  readonly json: string | undefined;
  /** Microseconds since 1970; rising within the Thing, so it orders its changes too. */
  readonly micros: number;

  constructor(origin: Origin, { value, json, micros }: Content, ids: NotificationIDs) {
    this.#origin = origin;
    this.value = value;
    this.json = json;
    this.micros = micros;
    this.#ids = ids;
  }

  get id(): string {
    this.#id ??= this.#ids.of(this.micros);
    return this.#id;
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
