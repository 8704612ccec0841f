import type { Answer, Context, Notification, ObserveOne, ObserveOperation, Thing } from '@thingwright/core';
import { conflatedMember, notificationHead, notificationTail } from '@thingwright/web-thing-protocol';
import type { ConnectionLimits } from './limits.js';
import type { Outbox } from './outbox.js';
import { Reader } from './reader.js';
import type { Relays } from './relay.js';
import { textFrameHeader } from './text-frame.js';

/** What the subscriptions of a connection need around them. */
export interface SubscriptionsHost {
  readonly relays: Relays;
  readonly outbox: Outbox;
  readonly context: Context;
  readonly limits: ConnectionLimits;
  /** Nothing conflates: a reader that is behind is given up. */
  readonly strict: boolean;
  /** Gives the reader up. */
  tooSlow(): void;
}

type Kind = Notification['kind'];

const keyOf = (thing: Thing, kind: Kind, name: string): string => `${thing.name} ${kind} ${name}`;

/**
 * What one connection is subscribed to, one entry an affordance (A36: the batch operations only fill and empty entries),
 * and what waits for it while it is behind.
 */
export class Subscriptions {
  readonly #host: SubscriptionsHost;
  readonly #readers = new Map<string, Reader>();
  /** Readers with a property change that waits. */
  readonly #late = new Set<Reader>();
  /** Messages of events that wait. */
  #backlog: string[] = [];
  #backlogSize = 0;

  constructor(host: SubscriptionsHost) {
    this.#host = host;
  }

  /** Replays what was missed, then lets live notifications in; the newest request decides operation and correlationID. */
  open(
    thing: Thing,
    operation: ObserveOperation,
    { answer, correlationID }: { answer: Answer; correlationID: string | undefined },
  ): void {
    const isProperty = operation.op === 'observeproperty' || operation.op === 'observeallproperties';
    const kind: Kind = isProperty ? 'property' : 'event';
    const op = isProperty ? 'observeproperty' : 'subscribeevent';
    const tail = notificationTail(operation.op, correlationID);
    const fresh: { readonly reader: Reader; readonly one: ObserveOne }[] = [];
    for (const name of answer.names ?? []) {
      const key = keyOf(thing, kind, name);
      const known = this.#readers.get(key);
      if (known) {
        known.tail = tail;
      } else {
        const reader = new Reader(this, thing, key, tail);
        this.#readers.set(key, reader);
        fresh.push({ reader, one: { op, name } });
      }
    }
    for (const missed of answer.missed ?? []) this.#replay(this.#readers.get(keyOf(thing, kind, missed.name)), missed);
    for (const { reader, one } of fresh) this.#host.relays.add(reader, one, this.#host.context);
  }

  /** Sends what a reader missed, unless this connection has had it already. */
  #replay(reader: Reader | undefined, missed: Notification): void {
    if (!reader || (reader.last && missed.time <= reader.last.time)) return;
    this.deliver(reader, missed, notificationHead(missed));
  }

  /** Ends the subscription to one affordance, if there is one. */
  end(thing: Thing, kind: Kind, name: string): void {
    this.#end(this.#readers.get(keyOf(thing, kind, name)));
  }

  /** Ends all subscriptions of a kind to one Thing. */
  endAll(thing: Thing, kind: Kind): void {
    const prefix = keyOf(thing, kind, '');
    for (const [key, reader] of [...this.#readers]) if (key.startsWith(prefix)) this.#end(reader);
  }

  #end(reader: Reader | undefined): void {
    if (!reader) return;
    this.#host.relays.remove(reader);
    this.forget(reader);
  }

  /** Drops a subscription whose affordance has nothing more to tell. */
  forget(reader: Reader): void {
    this.#readers.delete(reader.key);
    this.#late.delete(reader);
  }

  /** Ends everything. */
  clear(): void {
    for (const reader of this.#readers.values()) this.#host.relays.remove(reader);
    this.#readers.clear();
    this.#late.clear();
    this.#backlog = [];
  }

  /** Sends a change to a reader; while the peer is behind, keeps the latest of a property and the place of an event. */
  deliver(reader: Reader, notification: Notification, head: string): void {
    const { outbox, context } = this.#host;
    if (notification.invoker !== undefined && !reader.thing.admits(notification, context)) return;
    reader.last = notification;
    if (outbox.congested) {
      this.#hold(reader, notification, head);
      return;
    }
    const { tail } = reader;
    outbox.write(textFrameHeader(head.length + tail.length) + head + tail);
  }

  #hold(reader: Reader, notification: Notification, head: string): void {
    const { limits, strict } = this.#host;
    if (strict) {
      this.#host.tooSlow();
    } else if (notification.kind === 'property') {
      reader.late = head;
      reader.lateChanges++;
      this.#late.add(reader);
    } else {
      const text = head + reader.tail;
      this.#backlog.push(text);
      this.#backlogSize += text.length;
      const { queuedEvents, queuedBytes } = limits;
      if (this.#backlog.length > queuedEvents || this.#backlogSize > queuedBytes) this.#host.tooSlow();
    }
  }

  /** The peer has taken what waited: sends the events in their order, then the latest of each property. */
  catchUp(): void {
    const backlog = this.#backlog;
    this.#backlog = [];
    this.#backlogSize = 0;
    for (const text of backlog) this.#write(text);
    for (const reader of this.#late) {
      const conflated = reader.lateChanges > 1 ? conflatedMember(reader.lateChanges) : '';
      this.#write(reader.late + conflated + reader.tail);
      reader.late = '';
      reader.lateChanges = 0;
    }
    this.#late.clear();
  }

  #write(text: string): void {
    this.#host.outbox.write(textFrameHeader(text.length) + text);
  }
}
