/** One change of a property, or one occurrence of an event. The same `id` goes to every reader. */
export interface Notification {
  /** In the form of a UUIDv4, one for the change; `messageID` on the Web Thing Protocol's wire. */
  readonly id: string;
  /** The Thing's id, a URI. */
  readonly thing: string;
  readonly kind: 'property' | 'event';
  /** Name of the affordance. */
  readonly name: string;
  /** The new value, or the event's data; undefined for an event without payload. */
  readonly value: unknown;
  /** The value as JSON in one line, where that is there already. */
  readonly json?: string | undefined;
  /** RFC 3339, UTC with microseconds, unique and rising within its Thing; the id of an SSE message. */
  readonly time: string;
  /** A slow reader's update: how many changes it stands for, itself included. */
  readonly conflated?: number | undefined;
  /** Set on `actionStatus` events: the id of the Principal whose invocation it tells about. */
  readonly invoker?: string | undefined;
}
