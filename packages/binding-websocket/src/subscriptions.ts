import type { Answer, Context, Notification, ObserveOne, ObserveOperation, Thing } from '@thingwright/core';
import { conflatedMember, notificationHead, notificationTail, removalHead } from '@thingwright/web-thing-protocol';
import { v4 as uuid } from 'uuid';
import type { ConnectionLimits } from './limits.js';
import type { Outbox } from './outbox.js';
import type { Relays } from './relay.js';
import { type Outlet, Subscription } from './subscription.js';
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
export class Subscriptions implements Outlet {
  readonly #host: SubscriptionsHost;
  readonly #byKey = new Map<string, Subscription>();
  /** Those with a property change that waits; only while the peer is behind. */
  #late: Set<Subscription> | undefined;
  /** Messages of events that wait; only while the peer is behind. */
  #backlog: string[] | undefined;
  #backlogSize = 0;
  #isOver = false;

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
    const fresh: { readonly subscription: Subscription; readonly one: ObserveOne }[] = [];
    for (const name of answer.names ?? []) {
      const key = this.#host.relays.keyOf(thing, keyOf(thing, kind, name));
      const known = this.#byKey.get(key);
      if (known) {
        known.tail = tail;
      } else {
        const subscription = new Subscription(thing, key, { outlet: this, tail });
        this.#byKey.set(key, subscription);
        fresh.push({ subscription, one: { op, name } });
      }
    }
    for (const missed of answer.missed ?? []) this.#replay(this.#byKey.get(keyOf(thing, kind, missed.name)), missed);
    // What was missed may be more than the reader can take.
    if (this.#isOver) return;
    for (const { subscription, one } of fresh) this.#host.relays.add(subscription, one, this.#host.context);
  }

  /** Sends what a subscription missed, unless this connection has had it already. */
  #replay(subscription: Subscription | undefined, missed: Notification): void {
    if (!subscription || (subscription.last && missed.time <= subscription.last.time)) return;
    this.deliver(subscription, missed, notificationHead(missed));
  }

  /** Ends the subscription to one affordance, if there is one. */
  end(thing: Thing, kind: Kind, name: string): void {
    this.#end(this.#byKey.get(keyOf(thing, kind, name)));
  }

  /** Ends all subscriptions of a kind to one Thing. */
  endAll(thing: Thing, kind: Kind): void {
    const prefix = keyOf(thing, kind, '');
    for (const [key, subscription] of [...this.#byKey]) if (key.startsWith(prefix)) this.#end(subscription);
  }

  #end(subscription: Subscription | undefined): void {
    if (!subscription) return;
    this.#host.relays.remove(subscription);
    this.#forget(subscription);
  }

  #forget(subscription: Subscription): void {
    this.#byKey.delete(subscription.key);
    this.#late?.delete(subscription);
  }

  /** Drops a subscription whose Thing is gone; with the last one of a request its reader is told so. */
  ended(subscription: Subscription): void {
    this.#forget(subscription);
    const { tail, thing } = subscription;
    for (const other of this.#byKey.values()) if (other.tail === tail) return;
    if (!this.#host.strict) this.#write(removalHead(thing.id, { messageID: uuid(), now: Date.now() }) + tail);
  }

  /** Ends everything. */
  clear(): void {
    this.#isOver = true;
    for (const subscription of this.#byKey.values()) this.#host.relays.remove(subscription);
    this.#byKey.clear();
    this.#late = undefined;
    this.#backlog = undefined;
  }

  /** Sends a change to a subscription; while the peer is behind, keeps the latest of a property and the place of an event. */
  deliver(subscription: Subscription, notification: Notification, head: string): void {
    const { outbox, context } = this.#host;
    if (this.#isOver) return;
    if (notification.invoker !== undefined && !subscription.thing.admits(notification, context)) return;
    subscription.last = notification;
    if (outbox.congested) {
      this.#hold(subscription, notification, head);
      return;
    }
    const { tail } = subscription;
    outbox.write(textFrameHeader(head.length + tail.length), head, tail);
  }

  #hold(subscription: Subscription, notification: Notification, head: string): void {
    const { limits, strict } = this.#host;
    if (strict) {
      this.#host.tooSlow();
    } else if (notification.kind === 'property') {
      subscription.late = head;
      subscription.lateChanges++;
      this.#late ??= new Set();
      this.#late.add(subscription);
    } else {
      const text = head + subscription.tail;
      this.#backlog ??= [];
      this.#backlog.push(text);
      this.#backlogSize += text.length;
      const { queuedEvents, queuedBytes } = limits;
      if (this.#backlog.length > queuedEvents || this.#backlogSize > queuedBytes) this.#host.tooSlow();
    }
  }

  /** The peer has taken what waited: sends the events in their order, then the latest of each property. */
  catchUp(): void {
    const backlog = this.#backlog ?? [];
    const late = this.#late ?? [];
    this.#backlog = undefined;
    this.#backlogSize = 0;
    this.#late = undefined;
    for (const text of backlog) this.#write(text);
    for (const subscription of late) {
      const conflated = subscription.lateChanges > 1 ? conflatedMember(subscription.lateChanges) : '';
      this.#write(subscription.late + conflated + subscription.tail);
      subscription.late = '';
      subscription.lateChanges = 0;
    }
  }

  #write(text: string): void {
    this.#host.outbox.write(textFrameHeader(text.length), text);
  }
}
