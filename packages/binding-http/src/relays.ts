import type { Context, Log, Notification, ObserveOperation, Thing } from '@thingwright/core';
import type { Subscription } from 'rxjs';
import { toSseMessage } from './sse-message.js';

/** One reader of a relay. */
export interface RelayReader {
  /** Whether this notification is for the reader. */
  admits(notification: Notification): boolean;
  /** `text` is the notification as a message of an event stream. */
  take(notification: Notification, text: string): void;
  /** The relay has no more to tell: its Thing is gone. */
  end(): void;
}

/** Subscriptions to Things that many readers share: one for each affordance (or for all of a kind), whoever reads. */
export interface Relays {
  /** Lets a reader join; gives back what makes it leave. The reader has to have been admitted by `request` already. */
  join(thing: Thing, operation: ObserveOperation, context: Context, reader: RelayReader): () => void;
}

interface Relay {
  readonly readers: Set<RelayReader>;
  subscription?: Subscription;
}

/** Makes relays over Things. A change is encoded once, whatever the number of its readers and of their relays. */
export function createRelays(log: Log): Relays {
  const relays = new WeakMap<Thing, Map<string, Relay>>();
  const encode = onceEach(log);

  const open = (thing: Thing, operation: ObserveOperation, context: Context): Relay => {
    const readers = new Set<RelayReader>();
    const relay: Relay = { readers };
    const endAll = (): void => {
      for (const reader of [...readers]) reader.end();
    };
    relay.subscription = thing.observe(operation, context).subscribe({
      next: (notification) => {
        for (const reader of readers) {
          if (!reader.admits(notification)) continue;
          const text = encode(notification);
          if (text === undefined) return;
          reader.take(notification, text);
        }
      },
      error: (error: unknown) => {
        log.warn({ thing: thing.name, operation: operation.op, error }, 'a stream failed');
        endAll();
      },
      complete: endAll,
    });
    return relay;
  };

  return {
    join(thing, operation, context, reader) {
      let ofThing = relays.get(thing);
      if (!ofThing) {
        ofThing = new Map();
        relays.set(thing, ofThing);
      }
      const key = 'name' in operation ? `${operation.op} ${operation.name}` : operation.op;
      const relay = ofThing.get(key) ?? open(thing, operation, context);
      ofThing.set(key, relay);
      relay.readers.add(reader);
      if (relay.subscription?.closed) reader.end();
      return () => {
        relay.readers.delete(reader);
        if (relay.readers.size > 0) return;
        relay.subscription?.unsubscribe();
        if (ofThing.get(key) === relay) ofThing.delete(key);
      };
    },
  };
}

/** Encodes a notification when it is first asked for; all relays get the same one within the same call. */
function onceEach(log: Log): (notification: Notification) => string | undefined {
  let last: Notification | undefined;
  let text: string | undefined;
  return (notification) => {
    if (notification === last) return text;
    last = notification;
    try {
      text = toSseMessage(notification);
    } catch (error) {
      text = undefined;
      log.error({ thing: notification.thing, name: notification.name, error }, 'a value that is no JSON was dropped');
    }
    return text;
  };
}
