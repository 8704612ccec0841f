import type { Context, Notification } from '@thingwright/core';
import type { Affordance } from './affordance.js';
import type { Encoding } from './encoding.js';
import type { Reader } from './reader.js';

/** What sends the notifications of a connection. */
export interface Outlet {
  readonly encoding: Encoding;
  readonly context: Context;
  deliver(subscription: Subscription, notification: Notification, text: string): void;
  /** Its affordance has nothing more to tell. */
  ended(subscription: Subscription): void;
}

/** One connection's subscription to one affordance. */
export class Subscription implements Reader {
  readonly #outlet: Outlet;
  /** The last notification that was sent. */
  last: Notification | undefined;
  /** While the connection is behind: the encoded latest change, and how many it stands for. */
  late = '';
  lateChanges = 0;

  constructor(
    readonly affordance: Affordance,
    outlet: Outlet,
    /** The end of its notifications, the connection's own; that of the newest request. */
    public tail: string,
  ) {
    this.#outlet = outlet;
  }

  get encoding(): Encoding {
    return this.#outlet.encoding;
  }

  get context(): Context {
    return this.#outlet.context;
  }

  receive(notification: Notification, text: string): void {
    this.#outlet.deliver(this, notification, text);
  }

  dismiss(): void {
    this.#outlet.ended(this);
  }
}
