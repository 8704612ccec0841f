import type { Answer, BackOff, Notification, ObserveOperation, Operation, ThingError } from '@thingwright/core';
import { type Observable, Subject } from 'rxjs';
import type { Reply } from './pending-requests.js';
import { RecentIDs } from './recent-ids.js';
import type { Schedule } from './schedule.js';
import { type Gap, gapOf, kindOf, type Opening } from './transport.js';

/** Who listens to a subscription. */
export interface Listener {
  next(notification: Notification): void;
  error(error: ThingError): void;
  /** The subscription began, or began again after an interruption. */
  opened(opening: Opening): void;
}

/** What the subscriptions need of their connection. */
export interface SubscriptionHost {
  readonly schedule: Schedule;
  readonly backOff: BackOff;
  /** Whether requests can be sent now. */
  isOpen(): boolean;
  send(thingID: string, operation: Operation, reply: Reply): void;
  /** The line is of no use any more; another one shall be opened. */
  giveUp(error: ThingError): void;
}

/** A gap in what came from one Thing. */
export interface ThingGap extends Gap {
  readonly thingID: string;
}

/** One subscription on the wire, to one affordance or to all of a kind; shared by all who listen. */
interface Entry {
  readonly thingID: string;
  readonly key: string;
  readonly operation: ObserveOperation;
  readonly listeners: Set<Listener>;
  /** Those of them that came while it was interrupted: it never began for them. */
  readonly newcomers: Set<Listener>;
  /** The id of the last notification that came. */
  lastID: string | undefined;
  isOpen: boolean;
  /** It was open once, so that opening it is resuming it. */
  began: boolean;
  /** Counts the openings: an answer to an older one means nothing. */
  opening: number;
  failures: number;
  cancelRetry: () => void;
}

/** Ids remembered to recognise what a replay brings twice. */
const REMEMBERED = 2048;

const nothing = (): void => {};

/** Key of an entry within its Thing: the kind alone stands for all affordances of that kind. */
const keyOf = (operation: ObserveOperation): string =>
  'name' in operation ? `${kindOf(operation)} ${operation.name}` : kindOf(operation);

/**
 * What a connection is subscribed to. Notifications are routed by Thing and affordance, whatever operation and correlationID
 * they carry, because the newest subscription decides those (A36); so single and batch subscriptions live side by side.
 */
export class WireSubscriptions {
  readonly #host: SubscriptionHost;
  readonly #things = new Map<string, Map<string, Entry>>();
  readonly #recent = new RecentIDs(REMEMBERED);
  readonly #gaps = new Subject<ThingGap>();

  constructor(host: SubscriptionHost) {
    this.#host = host;
  }

  /** Subscriptions that began again and may have missed something. */
  get gaps(): Observable<ThingGap> {
    return this.#gaps.asObservable();
  }

  /** Adds a listener, and subscribes if it is the first; gives back what removes it. */
  add(thingID: string, operation: ObserveOperation, listener: Listener): () => void {
    let entries = this.#things.get(thingID);
    if (!entries) {
      entries = new Map();
      this.#things.set(thingID, entries);
    }
    const key = keyOf(operation);
    const known = entries.get(key);
    const entry = known ?? newEntry(thingID, key, operation);
    entry.listeners.add(listener);
    if (!known) {
      entries.set(key, entry);
      if (this.#host.isOpen()) this.#open(entry);
    } else if (known.isOpen) {
      listener.opened('new');
    } else if (known.began) {
      known.newcomers.add(listener);
    }
    return () => this.#remove(entry, listener);
  }

  /** Hands a notification to all who listen, once. */
  deliver(notification: Notification): void {
    const { id, thing, kind, name } = notification;
    const entries = this.#things.get(thing);
    const single = entries?.get(`${kind} ${name}`);
    const all = entries?.get(kind);
    if ((!single && !all) || !this.#recent.add(id)) return;
    for (const entry of [single, all]) {
      if (!entry) continue;
      entry.lastID = id;
      for (const listener of [...entry.listeners]) listener.next(notification);
    }
  }

  /** The connection is there, perhaps again: subscribes to everything, from where it stopped. */
  openAll(): void {
    for (const entries of this.#things.values()) for (const entry of [...entries.values()]) this.#open(entry);
  }

  /** The connection broke; everything is subscribed to again when it is back. */
  interrupt(): void {
    for (const entries of this.#things.values()) {
      for (const entry of entries.values()) {
        entry.isOpen = false;
        entry.opening++;
        entry.cancelRetry();
      }
    }
  }

  /** A Thing is gone: tells all who listen to it. False if nobody does. */
  end(thingID: string, error: ThingError): boolean {
    const entries = this.#things.get(thingID);
    this.#things.delete(thingID);
    for (const entry of entries?.values() ?? []) this.#tellError(entry, error);
    return entries !== undefined;
  }

  /** The connection will not come back: tells all who listen. */
  fail(error: ThingError): void {
    const entries = [...this.#things.values()].flatMap((all) => [...all.values()]);
    this.#things.clear();
    this.#gaps.complete();
    for (const entry of entries) this.#tellError(entry, error);
  }

  #open(entry: Entry): void {
    const { thingID, operation, lastID, began } = entry;
    const opening = ++entry.opening;
    entry.isOpen = false;
    entry.cancelRetry();
    const isCurrent = (): boolean => entry.opening === opening;
    this.#host.send(thingID, lastID === undefined ? operation : { ...operation, lastNotificationID: lastID }, {
      resolve: (answer) => {
        if (isCurrent()) this.#opened(entry, began ? resumed(answer) : 'new');
      },
      reject: (error) => {
        if (isCurrent()) this.#refused(entry, error);
      },
    });
  }

  #opened(entry: Entry, opening: Opening): void {
    entry.isOpen = true;
    entry.began = true;
    entry.failures = 0;
    if (opening === 'gap') this.#gaps.next({ thingID: entry.thingID, ...gapOf(entry.operation) });
    for (const listener of [...entry.listeners]) {
      listener.opened(entry.newcomers.delete(listener) ? 'new' : opening);
    }
  }

  #refused(entry: Entry, error: ThingError): void {
    if (error.code === 'disconnected') return;
    // A stream lives through interruptions, and a line that stands still is one. A late answer would be of no use: what follows
    // it could come before the gap that it tells of.
    if (error.code === 'timeout' && entry.began) {
      this.#host.giveUp(error);
      return;
    }
    // Before it began nothing can come before its gap: it is asked for again on the same line, which others share.
    if (error.code === 'timeout' || error.code === 'tooMany' || error.code === 'unavailable') {
      const delay = Math.max((error.retryAfter ?? 0) * 1000, this.#host.backOff(++entry.failures));
      entry.cancelRetry = this.#host.schedule(() => {
        if (this.#host.isOpen()) this.#open(entry);
      }, delay);
      return;
    }
    this.#forget(entry);
    this.#tellError(entry, error);
  }

  #tellError(entry: Entry, error: ThingError): void {
    entry.opening++;
    entry.cancelRetry();
    const listeners = [...entry.listeners];
    entry.listeners.clear();
    entry.newcomers.clear();
    for (const listener of listeners) listener.error(error);
  }

  #forget({ thingID, key }: Entry): void {
    const entries = this.#things.get(thingID);
    entries?.delete(key);
    if (entries?.size === 0) this.#things.delete(thingID);
  }

  #remove(entry: Entry, listener: Listener): void {
    entry.newcomers.delete(listener);
    if (!entry.listeners.delete(listener) || entry.listeners.size > 0) return;
    entry.opening++;
    entry.cancelRetry();
    const { thingID, operation } = entry;
    const siblings = this.#things.get(thingID);
    const kind = kindOf(operation);
    this.#forget(entry);
    if (!this.#host.isOpen()) return;
    const reply: Reply = { resolve: nothing, reject: nothing };
    if ('name' in operation) {
      // While all of a kind is subscribed to, ending one would silence it for them too.
      if (siblings?.has(kind)) return;
      const op = kind === 'property' ? 'unobserveproperty' : 'unsubscribeevent';
      this.#host.send(thingID, { op, name: operation.name }, reply);
      return;
    }
    this.#host.send(thingID, { op: kind === 'property' ? 'unobserveallproperties' : 'unsubscribeallevents' }, reply);
    // That ended the single ones as well: they resume from where they are.
    for (const sibling of siblings?.values() ?? []) if (kindOf(sibling.operation) === kind) this.#open(sibling);
  }
}

function newEntry(thingID: string, key: string, operation: ObserveOperation): Entry {
  return {
    thingID,
    key,
    operation,
    listeners: new Set(),
    newcomers: new Set(),
    lastID: undefined,
    isOpen: false,
    began: false,
    opening: 0,
    failures: 0,
    cancelRetry: nothing,
  };
}

/** A Thing that does not say that a replay is complete may have lost something. */
const resumed = ({ resume }: Answer): Opening => (resume === 'complete' ? 'complete' : 'gap');
