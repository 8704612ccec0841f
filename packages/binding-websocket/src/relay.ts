import type { Context, Log, Notification, ObserveOne, Thing } from '@thingwright/core';
import { notificationHead } from '@thingwright/web-thing-protocol';
import type { Subscription } from 'rxjs';
import type { Reader } from './reader.js';

/** Subscribes once to one affordance and hands each change, encoded once, to all its readers. */
class Relay {
  readonly #log: Log;
  readonly #readers: Reader[] = [];
  #subscription: Subscription | undefined;

  constructor(
    readonly key: string,
    log: Log,
  ) {
    this.#log = log;
  }

  open(thing: Thing, operation: ObserveOne, context: Context, ended: () => void): void {
    this.#subscription = thing.observe(operation, context).subscribe({
      next: (notification) => {
        try {
          this.#relay(notification);
        } catch (error) {
          const { thing, name } = notification;
          this.#log.error({ thing, name, error }, 'a value that cannot be written was not relayed');
        }
      },
      error: ended,
      complete: ended,
    });
  }

  /** Backwards, so that a reader may be removed while it is served. */
  #relay(notification: Notification): void {
    const head = notificationHead(notification);
    const readers = this.#readers;
    for (let i = readers.length - 1; i >= 0; i--) {
      const reader = readers[i];
      reader?.receive(notification, head);
    }
  }

  add(reader: Reader): void {
    this.#readers.push(reader);
  }

  /** Tells whether it was the last one; a reader that is not among them changes nothing. */
  remove(reader: Reader): boolean {
    const place = this.#readers.lastIndexOf(reader);
    if (place < 0) return false;
    const last = this.#readers.pop();
    if (last && last !== reader) this.#readers[place] = last;
    if (this.#readers.length > 0) return false;
    this.#subscription?.unsubscribe();
    return true;
  }

  /** All readers, because there is nothing left to relay. */
  dismiss(): readonly Reader[] {
    return this.#readers.splice(0);
  }
}

/** The relays of a binding: one for each affordance that somebody reads, however many do. */
export class Relays {
  readonly #log: Log;
  readonly #relays = new Map<Thing, Map<string, Relay>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The one text of a key that all its readers may keep, so that each does not keep its own. */
  keyOf(thing: Thing, key: string): string {
    return this.#relays.get(thing)?.get(key)?.key ?? key;
  }

  /** Adds a reader; the first one of an affordance opens its relay, in the name of that reader. */
  add(reader: Reader, operation: ObserveOne, context: Context): void {
    const { thing, key } = reader;
    let ofThing = this.#relays.get(thing);
    if (!ofThing) {
      ofThing = new Map();
      this.#relays.set(thing, ofThing);
    }
    const known = ofThing.get(key);
    if (known) {
      known.add(reader);
      return;
    }
    const relay = new Relay(key, this.#log);
    ofThing.set(key, relay);
    relay.add(reader);
    relay.open(thing, operation, context, () => {
      this.#forget(thing, key);
      for (const orphan of relay.dismiss()) orphan.dismiss();
    });
  }

  /** Removes a reader; the last one of an affordance closes its relay. */
  remove(reader: Reader): void {
    const { thing, key } = reader;
    if (this.#relays.get(thing)?.get(key)?.remove(reader)) this.#forget(thing, key);
  }

  #forget(thing: Thing, key: string): void {
    const ofThing = this.#relays.get(thing);
    ofThing?.delete(key);
    if (ofThing?.size === 0) this.#relays.delete(thing);
  }
}
