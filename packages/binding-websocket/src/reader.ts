import type { Context, Notification } from '@thingwright/core';
import type { Affordance } from './affordance.js';
import type { Encoding } from './encoding.js';

/** Who a relay hands the changes of one affordance to. */
export interface Reader {
  readonly affordance: Affordance;
  readonly encoding: Encoding;
  readonly context: Context;
  /** Takes a change; `text` is its message, encoded up to the part that is the reader's own. */
  receive(notification: Notification, text: string): void;
  /** Told that nothing more will come. */
  dismiss(): void;
}
