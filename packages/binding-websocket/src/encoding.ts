import type { Context, Notification } from '@thingwright/core';
import type { Affordance } from './affordance.js';

/** How one dialect tells of changes. All who speak it share one of these, so that a change is written once for all of them. */
export interface Encoding {
  /**
   * Writes a change, in ASCII, up to the part that is each reader's own. `context` is that of a reader who may have it.
   */
  encode(notification: Notification, affordance: Affordance, context: Context): string;
  /** What a slow reader gets in place of that text if it stands for several changes. */
  conflate(text: string, changes: number): string;
  /** Writes, up to the reader's own part, that the Thing of its subscriptions is gone; undefined where that is not said so. */
  removal(affordance: Affordance): string | undefined;
}
