import type { Context, Notification, ReaderFigures, Thing } from '@thingwright/core';
import { type Kind, keyOf } from './affordance.js';
import type { Line } from './conversation.js';
import type { Encoding } from './encoding.js';
import type { ConnectionLimits } from './limits.js';
import type { Relays } from './relay.js';
import { type Outlet, Subscription } from './subscription.js';
import { textFrameHeader } from './text-frame.js';

/** `1013 Try Again Later` of the IANA registry. */
const TRY_AGAIN_LATER = 1013;

/** What the subscriptions of a connection need around them. */
export interface SubscriptionsHost {
  readonly relays: Relays;
  readonly line: Line;
  readonly context: Context;
  readonly encoding: Encoding;
  readonly limits: ConnectionLimits;
  readonly figures: ReaderFigures;
  /** Nothing conflates: a reader that is behind is given up. */
  readonly strict: boolean;
}

/** What is asked for of one kind of affordances of a Thing. */
export interface Wanted {
  readonly names: readonly string[];
  /** The end of each of their notifications. */
  readonly tail: string;
  /** What the reader missed, oldest first. */
  readonly missed?: readonly Notification[] | undefined;
}

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

  get encoding(): Encoding {
    return this.#host.encoding;
  }

  get context(): Context {
    return this.#host.context;
  }

  /** Replays what was missed, then lets live notifications in; the newest request decides the end of all of them. */
  open(thing: Thing, kind: Kind, { names, tail, missed = [] }: Wanted): void {
    const { relays } = this.#host;
    const fresh: Subscription[] = [];
    for (const name of names) {
      const affordance = relays.affordance(thing, kind, name);
      const known = this.#byKey.get(affordance.key);
      if (known) {
        known.tail = tail;
      } else {
        const subscription = new Subscription(affordance, this, tail);
        this.#byKey.set(affordance.key, subscription);
        fresh.push(subscription);
      }
    }
    this.#host.figures.subscriptions.value += fresh.length;
    for (const change of missed) this.#replay(this.#byKey.get(keyOf(thing, kind, change.name)), change);
    // What was missed may be more than the reader can take.
    if (this.#isOver) return;
    for (const subscription of fresh) relays.add(subscription);
  }

  /** Sends what a subscription missed, unless this connection has had it already. */
  #replay(subscription: Subscription | undefined, missed: Notification): void {
    if (!subscription || (subscription.last && missed.time <= subscription.last.time)) return;
    this.deliver(subscription, missed, this.encoding.encode(missed, subscription.affordance, this.context));
  }

  /** Whether a change of that affordance has been sent, or waits to be. */
  hasHeard(thing: Thing, kind: Kind, name: string): boolean {
    return this.#byKey.get(keyOf(thing, kind, name))?.last !== undefined;
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
    if (this.#byKey.delete(subscription.affordance.key)) this.#host.figures.subscriptions.value--;
    this.#late?.delete(subscription);
  }

  /** Drops a subscription whose Thing is gone; with the last one of a request its reader is told so, where its dialect can. */
  ended(subscription: Subscription): void {
    this.#forget(subscription);
    const { tail, affordance } = subscription;
    for (const other of this.#byKey.values()) if (other.tail === tail) return;
    const removal = this.encoding.removal(affordance);
    if (removal !== undefined) this.#host.line.send(removal + tail);
  }

  /** Ends everything. */
  clear(): void {
    this.#isOver = true;
    for (const subscription of this.#byKey.values()) this.#host.relays.remove(subscription);
    this.#host.figures.subscriptions.value -= this.#byKey.size;
    this.#byKey.clear();
    this.#late = undefined;
    this.#backlog = undefined;
  }

  /** Sends a change to a subscription; while the peer is behind, keeps the latest of a property and the place of an event. */
  deliver(subscription: Subscription, notification: Notification, text: string): void {
    const { line, figures } = this.#host;
    const { outbox } = line;
    if (this.#isOver) return;
    subscription.last = notification;
    if (outbox.congested) {
      this.#hold(subscription, notification, text);
      return;
    }
    figures.sent.value++;
    const { tail } = subscription;
    outbox.write(textFrameHeader(text.length + tail.length), text, tail);
  }

  #hold(subscription: Subscription, notification: Notification, text: string): void {
    const { limits, strict } = this.#host;
    if (strict) {
      this.#giveUp();
    } else if (notification.kind === 'property') {
      subscription.late = text;
      subscription.lateChanges++;
      this.#late ??= new Set();
      this.#late.add(subscription);
    } else {
      const whole = text + subscription.tail;
      this.#backlog ??= [];
      this.#backlog.push(whole);
      this.#backlogSize += whole.length;
      const { queuedEvents, queuedBytes } = limits;
      if (this.#backlog.length > queuedEvents || this.#backlogSize > queuedBytes) this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#host.figures.slow.value++;
    this.#host.line.close(TRY_AGAIN_LATER, 'the reader is too slow');
  }

  /** The peer has taken what waited: sends the events in their order, then the latest of each property. */
  catchUp(): void {
    const { line, figures } = this.#host;
    const backlog = this.#backlog ?? [];
    const late = this.#late ?? [];
    this.#backlog = undefined;
    this.#backlogSize = 0;
    this.#late = undefined;
    figures.sent.value += backlog.length;
    for (const text of backlog) line.send(text);
    for (const subscription of late) {
      const { late: text, lateChanges } = subscription;
      figures.sent.value++;
      figures.conflated.value += lateChanges - 1;
      line.send((lateChanges > 1 ? this.encoding.conflate(text, lateChanges) : text) + subscription.tail);
      subscription.late = '';
      subscription.lateChanges = 0;
    }
  }
}
