import { type Log, type Notification, ThingError } from '@thingwright/core';
import type { Schedule } from '../schedule.js';
import type { WatchKind } from './legacy-server.js';

/** Who listens to what a socket tells of one affordance. */
export interface WatchListener {
  next(notification: Notification): void;
  /** It was asked for; `again` if that is not the first time, so that something may be missing. */
  opened(again: boolean): void;
  error(error: ThingError): void;
}

/** What watching needs of its socket. */
export interface WatchHost {
  readonly schedule: Schedule;
  readonly log: Log;
  send(text: string): void;
  /** The frame that asks for it; undefined if it comes unasked. */
  begin(kind: WatchKind, name: string): string | undefined;
  /** The frame that ends it; undefined if there is none. */
  end(kind: WatchKind, name: string): string | undefined;
  /** It is asked for again, and something may be missing. */
  gap(kind: WatchKind, name: string): void;
}

interface Watch {
  readonly kind: WatchKind;
  readonly name: string;
  /** Each one, and whether it began for it. */
  readonly listeners: Map<WatchListener, boolean>;
  isOpen: boolean;
  began: boolean;
  /** How many may be sent together with it: fewer and fewer while a connection broke after them. */
  company: number;
  /** Connections that broke right after it alone. */
  strikes: number;
}

/** A frame after which the connection stands this long (milliseconds) is not to blame. */
const PROOF = 1000;
/** So many connections that break right after the same frame are its fault: one may have been the network's. */
const STRIKES = 2;

const nothing = (): void => {};

/**
 * What is listened to on a socket whose server acknowledges nothing. All of it is asked for again on each connection. A frame
 * after which the connection breaks again and again is found, by sending fewer and fewer together, and asked for no more.
 */
export class Watches {
  readonly #host: WatchHost;
  readonly #watches = new Map<string, Watch>();
  #isUp = false;
  #queue: Watch[] = [];
  /** Sent, and not yet long enough ago. */
  #unproven: Watch[] = [];
  #cancelProof: () => void = nothing;

  constructor(host: WatchHost) {
    this.#host = host;
  }

  /** Adds a listener; gives back what removes it. */
  add(kind: WatchKind, name: string, listener: WatchListener): () => void {
    const key = keyOf(kind, name);
    const known = this.#watches.get(key);
    const watch: Watch = known ?? {
      kind,
      name,
      listeners: new Map(),
      isOpen: false,
      began: false,
      company: Number.POSITIVE_INFINITY,
      strikes: 0,
    };
    watch.listeners.set(listener, false);
    if (!known) {
      this.#watches.set(key, watch);
      this.#queue.unshift(watch);
      this.#pump();
    } else if (watch.isOpen) {
      watch.listeners.set(listener, true);
      listener.opened(false);
    }
    return () => this.#remove(watch, listener);
  }

  /** Whether anybody listens to it. */
  has(kind: WatchKind, name: string): boolean {
    return this.#watches.has(keyOf(kind, name));
  }

  deliver(kind: WatchKind, notification: Notification): void {
    const watch = this.#watches.get(keyOf(kind, notification.name));
    for (const listener of watch?.listeners.keys() ?? []) listener.next(notification);
  }

  /** The socket is open. */
  up(): void {
    this.#isUp = true;
    this.#pump();
  }

  /** The socket broke; `isAbrupt` if no close frame came. */
  down(isAbrupt: boolean): void {
    this.#isUp = false;
    this.#cancelProof();
    const suspects = isAbrupt ? this.#unproven : [];
    this.#unproven = [];
    for (const watch of suspects) watch.company = Math.max(1, Math.floor(suspects.length / 2));
    const [sole, ...others] = suspects;
    if (sole && others.length === 0) this.#blame(sole);
    for (const watch of this.#watches.values()) watch.isOpen = false;
    this.#queue = [...this.#watches.values()].sort((a, b) => b.company - a.company || a.strikes - b.strikes);
  }

  /** What was asked for is refused. */
  fail(kind: WatchKind, name: string, error: ThingError): void {
    const watch = this.#watches.get(keyOf(kind, name));
    if (watch) this.#end(watch, error);
  }

  /** The socket will not come back. */
  failAll(error: ThingError): void {
    this.#isUp = false;
    this.#cancelProof();
    for (const watch of [...this.#watches.values()]) this.#end(watch, error);
  }

  #blame(watch: Watch): void {
    const { kind, name } = watch;
    watch.strikes++;
    this.#host.log.warn({ kind, name, times: watch.strikes }, 'the connection broke right after this was asked for');
    if (watch.strikes < STRIKES) return;
    const detail = `The server drops the connection whenever the ${kind} '${name}' is asked for`;
    this.#end(watch, new ThingError('protocol', detail));
  }

  /** Sends what waits: suspects apart from the others, in groups that are told apart by time. */
  #pump(): void {
    const isProbing = this.#unproven.some(({ company }) => company < Number.POSITIVE_INFINITY);
    if (!this.#isUp || isProbing) return;
    const limit = this.#queue[0]?.company ?? 0;
    if (limit < Number.POSITIVE_INFINITY && this.#unproven.length > 0) return;
    while (this.#isUp && (this.#queue[0]?.company ?? 0) >= limit && this.#unproven.length < limit) {
      const watch = this.#queue.shift();
      if (!watch) return;
      this.#open(watch);
    }
    if (this.#queue.length > 0 && this.#unproven.length === 0) this.#pump();
  }

  #open(watch: Watch): void {
    const { kind, name, listeners } = watch;
    const frame = this.#host.begin(kind, name);
    if (frame !== undefined) {
      this.#unproven.push(watch);
      this.#cancelProof();
      this.#cancelProof = this.#host.schedule(() => this.#proven(), PROOF);
      this.#host.send(frame);
    }
    watch.isOpen = true;
    if (watch.began) this.#host.gap(kind, name);
    watch.began = true;
    for (const [listener, began] of [...listeners]) {
      listeners.set(listener, true);
      listener.opened(began);
    }
  }

  #proven(): void {
    for (const watch of this.#unproven) {
      watch.company = Number.POSITIVE_INFINITY;
      watch.strikes = 0;
    }
    this.#unproven = [];
    this.#pump();
  }

  #remove(watch: Watch, listener: WatchListener): void {
    if (!watch.listeners.delete(listener) || watch.listeners.size > 0) return;
    const { kind, name, isOpen } = watch;
    this.#forget(watch);
    const frame = this.#isUp && isOpen ? this.#host.end(kind, name) : undefined;
    if (frame !== undefined) this.#host.send(frame);
  }

  #end(watch: Watch, error: ThingError): void {
    this.#forget(watch);
    const listeners = [...watch.listeners.keys()];
    watch.listeners.clear();
    for (const listener of listeners) listener.error(error);
  }

  #forget(watch: Watch): void {
    this.#watches.delete(keyOf(watch.kind, watch.name));
    this.#queue = this.#queue.filter((one) => one !== watch);
    this.#unproven = this.#unproven.filter((one) => one !== watch);
  }
}

const keyOf = (kind: WatchKind, name: string): string => `${kind} ${name}`;
