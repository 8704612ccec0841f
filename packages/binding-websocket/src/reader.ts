import type { Notification, Thing } from '@thingwright/core';
import type { Subscriptions } from './subscriptions.js';

/** One subscription of one connection to one affordance. */
export class Reader {
  /** The last notification that it was sent. */
  last: Notification | undefined;
  /** While the connection is behind: the encoded latest change, and how many it stands for. */
  late = '';
  lateChanges = 0;

  constructor(
    readonly owner: Subscriptions,
    readonly thing: Thing,
    readonly key: string,
    /** The end of its notifications, operation and correlationID; that of the newest request. */
    public tail: string,
  ) {}
}
