import { type Log, type Notification, sameValue, ThingError } from '@thingwright/core';
import type { Schedule } from '../schedule.js';
import type { Opening } from '../transport.js';
import type { WatchListener } from './watches.js';

/** What a property is followed with. */
export interface PropertyViewParts {
  readonly name: string;
  readonly schedule: Schedule;
  readonly log: Log;
  /** Milliseconds between two reads where the server does not tell of changes. */
  readonly pollInterval: number;
  /** Whether changes may be lost without a word when many come at once. */
  readonly losesChanges: boolean;
  /** Asks for the present value. */
  read(): Promise<unknown>;
  /** Listens on the socket, and gives back what ends it; undefined where there is no socket. */
  readonly watch: ((listener: WatchListener) => () => void) | undefined;
  notification(value: unknown): Notification;
}

/** Who follows a property. */
export interface PropertyObserver {
  next(notification: Notification): void;
  error(error: ThingError): void;
  opened(opening: Opening): void;
}

/** So many changes within this time (milliseconds) are a burst, in which the server may have lost some. */
const BURST = { changes: 5, within: 100 } as const;
/** What may be missing is read after so much quiet (milliseconds), and in a long burst after that much time. */
const QUIET = 250;
const LONGEST = 5000;

/** Errors after which another read may succeed. */
const PASSING: ReadonlySet<string> = new Set<ThingError['code']>([
  'disconnected',
  'timeout',
  'unavailable',
  'tooMany',
  'failed',
]);

const nothing = (): void => {};

/** The changes of one property: as the socket tells them, and by reading where it does not, or may have lost some. */
export class PropertyView implements WatchListener {
  readonly #parts: PropertyViewParts;
  readonly #observer: PropertyObserver;
  /** The value told last, or read while none was told. */
  #known: { readonly value: unknown } | undefined;
  #notified = 0;
  #isOver = false;
  #recent: number[] = [];
  #checkDue = 0;
  #end: () => void = nothing;
  #cancelTimer: () => void = nothing;

  constructor(parts: PropertyViewParts, observer: PropertyObserver) {
    this.#parts = parts;
    this.#observer = observer;
  }

  get name(): string {
    return this.#parts.name;
  }

  /** How many changes were told so far. */
  get notified(): number {
    return this.#notified;
  }

  start(): void {
    if (this.#parts.watch) this.#end = this.#parts.watch(this);
    else this.#beginToPoll();
  }

  stop(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#end();
  }

  next(notification: Notification): void {
    const known = this.#known;
    this.#known = { value: notification.value };
    this.#notified++;
    // These servers tell equal values too; `conflated` says that there was something between them.
    const isNews = !known || notification.conflated !== undefined || !sameValue(known.value, notification.value);
    if (isNews) this.#observer.next(notification);
    if (this.#parts.losesChanges) this.#countBurst();
  }

  opened(again: boolean): void {
    this.#observer.opened(again ? 'gap' : 'new');
    // The request to observe and a read take different ways: what changes between them is told by neither.
    if (this.#parts.losesChanges) this.#checkLater();
  }

  /** What cannot be observed can be read again and again, if it may be read. */
  error(error: ThingError): void {
    if (error.code === 'notAllowed' || error.code === 'forbidden') {
      this.#parts.log.info({ property: this.name, reason: error.detail }, 'not observable; it is polled');
      this.#end = nothing;
      this.#beginToPoll();
    } else {
      this.#fail(error);
    }
  }

  /** A value was read; `since` is how many changes had been told when it was asked for. */
  learn(value: unknown, since: number): void {
    // A change that was told meanwhile may be newer.
    if (this.#isOver || since !== this.#notified) return;
    const known = this.#known;
    this.#known = { value };
    if (!known || sameValue(known.value, value)) return;
    this.#notified++;
    this.#observer.next(this.#parts.notification(value));
  }

  /** Reads soon whether anything is missing. */
  #checkLater(): void {
    const now = performance.now();
    if (this.#checkDue === 0) this.#checkDue = now + LONGEST;
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.schedule(
      () => {
        this.#checkDue = 0;
        this.#read().catch(() => {});
      },
      Math.min(QUIET, Math.max(0, this.#checkDue - now)),
    );
  }

  /** A frame was not to be understood: it may have told of this property. */
  doubt(): void {
    this.#checkLater();
  }

  #countBurst(): void {
    const now = performance.now();
    this.#recent.push(now);
    if (this.#recent.length > BURST.changes) this.#recent.shift();
    const [oldest = 0] = this.#recent;
    const isBurst = this.#recent.length === BURST.changes && now - oldest <= BURST.within;
    if (isBurst || this.#checkDue > 0) this.#checkLater();
  }

  #beginToPoll(): void {
    // Changes are told from the value on that is known before the stream begins.
    this.#read()
      .then(() => this.#polls())
      .catch((error: ThingError) => this.#pollFailed(error, () => this.#polls()));
  }

  #polls(): void {
    if (this.#isOver) return;
    this.#observer.opened('new');
    this.#pollLater();
  }

  #pollLater(): void {
    if (this.#isOver) return;
    this.#cancelTimer = this.#parts.schedule(() => {
      this.#read()
        .then(() => this.#pollLater())
        .catch((error: ThingError) => this.#pollFailed(error, () => this.#pollLater()));
    }, this.#parts.pollInterval);
  }

  #pollFailed(error: ThingError, goOn: () => void): void {
    if (this.#isOver) return;
    if (PASSING.has(error.code)) goOn();
    else this.#fail(error);
  }

  /** Rejects with a ThingError. */
  async #read(): Promise<void> {
    const since = this.#notified;
    try {
      this.learn(await this.#parts.read(), since);
    } catch (thrown) {
      throw ThingError.from(thrown, `Property '${this.name}' could not be read`);
    }
  }

  #fail(error: ThingError): void {
    if (this.#isOver) return;
    this.stop();
    this.#observer.error(error);
  }
}
