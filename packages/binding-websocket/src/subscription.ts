import type { Notification, Thing } from '@thingwright/core';
import type { Reader } from './reader.js';

/** What sends the notifications of a connection. */
export interface Outlet {
  deliver(subscription: Subscription, notification: Notification, head: string): void;
  /** Its affordance has nothing more to tell. */
  ended(subscription: Subscription): void;
}

/** One connection's subscription to one affordance. */
export class Subscription implements Reader {
  readonly #outlet: Outlet;
  /** The end of its notifications, operation and correlationID; that of the newest request. */
  tail: string;
  /** The last notification that was sent. */
  last: Notification | undefined;
  /** While the connection is behind: the encoded latest change, and how many it stands for. */
  late = '';
  lateChanges = 0;

  constructor(
    readonly thing: Thing,
    readonly key: string,
    { outlet, tail }: { readonly outlet: Outlet; readonly tail: string },
  ) {
    this.#outlet = outlet;
    this.tail = tail;
  }

  receive(notification: Notification, head: string): void {
    this.#outlet.deliver(this, notification, head);
  }

  dismiss(): void {
    this.#outlet.ended(this);
  }
}
