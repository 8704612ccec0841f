import type { Notification, Thing } from '@thingwright/core';

/** Who a relay hands the changes of one affordance to. */
export interface Reader {
  readonly thing: Thing;
  /** Which affordance of the Thing, unique within it. */
  readonly key: string;
  /** Takes a change; `head` is its message encoded up to the part that is the reader's own. */
  receive(notification: Notification, head: string): void;
  /** Told that nothing more will come. */
  dismiss(): void;
}
