import type { Log, Notification, ObserveOperation } from '@thingwright/core';
import type { Observable } from 'rxjs';
import type { ConnectionState, Gap, Opening, Transport } from './transport.js';

/** The event by which a Thing tells of its invocations. */
export const ACTION_STATUS = 'actionStatus';

/** All operations of one consumed Thing, whatever its server speaks. */
export interface ConsumedChannel extends Transport {
  /** How the main connection stands, the present state first; completes when the channel is closed. */
  readonly states: Observable<ConnectionState>;
  /** Interruptions that may have lost something. */
  readonly gaps: Observable<Gap>;
  /** Emits when the channel is closed. */
  readonly closed: Observable<void>;
  readonly log: Log;
  /** Whether it tells of invocations by the event `actionStatus`. */
  readonly tellsOfInvocations: boolean;
  /** A stream that lives through interruptions; completes when the channel is closed. */
  observe(operation: ObserveOperation, opened?: (opening: Opening) => void): Observable<Notification>;
  /** Connects. Rejects with a ThingError if there is no way to the Thing. */
  open(): Promise<void>;
  /** Ends all streams and requests, and lets the connections go. */
  close(): Promise<void>;
}
