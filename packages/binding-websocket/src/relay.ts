import type { Log, Notification, Thing } from '@thingwright/core';
import type { Subscription } from 'rxjs';
import { type Affordance, follow, type Kind, keyOf } from './affordance.js';
import type { Encoding } from './encoding.js';
import type { Reader } from './reader.js';

/** Those readers of an affordance who take the same text. */
interface Group {
  readonly encoding: Encoding;
  readonly readers: Reader[];
}

/** Subscribes once to one affordance and hands each change, encoded once a dialect, to all its readers. */
class Relay {
  readonly #log: Log;
  /** One for each dialect that ever had a reader here. */
  readonly #groups: Group[] = [];
  #count = 0;
  #subscription: Subscription | undefined;

  constructor(
    readonly affordance: Affordance,
    log: Log,
  ) {
    this.#log = log;
  }

  /** Begins, in the name of the first reader. */
  open(first: Reader, ended: () => void): void {
    this.#subscription = follow(this.affordance, first.context).subscribe({
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

  #relay(notification: Notification): void {
    for (const group of this.#groups) this.#relayTo(group, notification);
  }

  /** Backwards, so that a reader may be removed while it is served; encoded for the first who may have it. */
  #relayTo({ encoding, readers }: Group, notification: Notification): void {
    const { affordance } = this;
    const isForSome = notification.invoker !== undefined;
    let text: string | undefined;
    for (let i = readers.length - 1; i >= 0; i--) {
      const reader = readers[i];
      if (!reader || (isForSome && !affordance.thing.admits(notification, reader.context))) continue;
      text ??= encoding.encode(notification, affordance, reader.context);
      reader.receive(notification, text);
    }
  }

  add(reader: Reader): void {
    this.#groupOf(reader).readers.push(reader);
    this.#count++;
  }

  #groupOf({ encoding }: Reader): Group {
    const known = this.#groups.find((group) => group.encoding === encoding);
    if (known) return known;
    const group = { encoding, readers: [] };
    this.#groups.push(group);
    return group;
  }

  /** Tells whether it was the last one; a reader that is not among them changes nothing. */
  remove(reader: Reader): boolean {
    const { readers } = this.#groupOf(reader);
    const place = readers.lastIndexOf(reader);
    if (place < 0) return false;
    const last = readers.pop();
    if (last && last !== reader) readers[place] = last;
    if (--this.#count > 0) return false;
    this.#subscription?.unsubscribe();
    return true;
  }

  /** All readers, because there is nothing left to relay. */
  dismiss(): readonly Reader[] {
    this.#count = 0;
    return this.#groups.flatMap(({ readers }) => readers.splice(0));
  }
}

/** The relays of a binding: one for each affordance that somebody reads, however many do, in whatever dialects. */
export class Relays {
  readonly #log: Log;
  readonly #relays = new Map<Thing, Map<string, Relay>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The one description of an affordance that all its readers may keep, so that each does not keep its own. */
  affordance(thing: Thing, kind: Kind, name: string): Affordance {
    const key = keyOf(thing, kind, name);
    return this.#relays.get(thing)?.get(key)?.affordance ?? { thing, kind, name, key };
  }

  /** Adds a reader; the first one of an affordance opens its relay. */
  add(reader: Reader): void {
    const { affordance } = reader;
    const { thing, key } = affordance;
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
    const relay = new Relay(affordance, this.#log);
    ofThing.set(key, relay);
    relay.add(reader);
    relay.open(reader, () => {
      this.#forget(affordance);
      for (const orphan of relay.dismiss()) orphan.dismiss();
    });
  }

  /** Removes a reader; the last one of an affordance closes its relay. */
  remove(reader: Reader): void {
    const { affordance } = reader;
    if (this.#relays.get(affordance.thing)?.get(affordance.key)?.remove(reader)) this.#forget(affordance);
  }

  #forget({ thing, key }: Affordance): void {
    const ofThing = this.#relays.get(thing);
    ofThing?.delete(key);
    if (ofThing?.size === 0) this.#relays.delete(thing);
  }
}
