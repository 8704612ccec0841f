import type { Observable, Subscription } from 'rxjs';
import type { Origin } from './change.js';
import type { Notification } from './notification.js';
import { NotificationStream, type Source } from './notification-stream.js';
import type { PreparedEvent } from './prepared-model.js';
import type { Recorder } from './recorder.js';

/** What an event needs of its Thing. */
export interface EventHost {
  /** The Thing's id. */
  readonly id: string;
  readonly recorder: Recorder;
  warn(details: object, message: string): void;
}

/** One event of a Thing at work: its source and its subscribers. */
export class ThingEvent implements Source {
  readonly #prepared: PreparedEvent;
  readonly #source: Observable<unknown> | undefined;
  readonly #host: EventHost;
  readonly origin: Origin;
  readonly stream: NotificationStream;
  #subscription: Subscription | undefined;

  constructor(
    readonly name: string,
    parts: { readonly prepared: PreparedEvent; readonly source: Observable<unknown> | undefined },
    host: EventHost,
  ) {
    this.#prepared = parts.prepared;
    this.#source = parts.source;
    this.#host = host;
    this.stream = new NotificationStream(host.recorder);
    this.origin = { thing: host.id, kind: 'event', name };
  }

  /** Begins to listen to its source. */
  start(): void {
    this.#subscription = this.#source?.subscribe({
      next: (data) => this.emit(data),
      error: (error: unknown) => this.#host.warn({ event: this.name, error }, 'the stream of an event failed'),
    });
  }

  /** Ends the streams of all who subscribe. */
  stop(): void {
    this.#subscription?.unsubscribe();
    this.stream.end();
  }

  /** The occurrences from now on. */
  get occurrences(): Observable<Notification> {
    return this.stream.notifications;
  }

  /** Tells of an occurrence; without a schema for its data it carries none. `invoker`: whose invocation it tells about. */
  emit(data: unknown, invoker?: string): void {
    const check = this.#prepared.data;
    if (check && (this.#host.recorder.checkOutputs || data === undefined) && !check.fits(data)) {
      this.#host.warn({ event: this.name, faults: check.faults(data) }, 'an event was dropped');
      return;
    }
    const { origin, stream } = this;
    const source = invoker === undefined ? this : { origin: { ...origin, invoker }, stream };
    this.#host.recorder.record(source, check ? data : undefined);
  }
}
