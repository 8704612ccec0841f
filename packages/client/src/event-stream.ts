import { type BackOff, type Log, type Notification, ThingError } from '@thingwright/core';
import { Observable } from 'rxjs';
import { createEventStreamParser, type StreamedEvent } from './event-stream-parser.js';
import { type HttpOptions, refusalOf, send } from './http-requests.js';
import { readText } from './read-text.js';
import type { Opening } from './transport.js';

/** What event streams need. */
export interface EventStreamOptions extends HttpOptions {
  readonly backOff: BackOff;
  readonly log: Log;
}

/** What a stream tells besides its events. */
export interface EventStreamObserver {
  /** The server has begun to answer, for the first time or again. */
  connected(): void;
  /** It is known how it began; comes with `connected` or a little later, before what the stream brings. */
  opened(opening: Opening): void;
  /** It broke, and another attempt follows after so many milliseconds. */
  waiting(delay: number, error: ThingError): void;
}

/** A stream whose server sends comments to keep it alive is given up after so much silence (milliseconds). */
const SILENCE = 75_000;
/** How long a stream that resumed may take to say that something is missing (milliseconds). */
const PATIENCE = 1000;

/** A comment by which our own servers tell what became of `Last-Event-ID`. */
const RESUME = /^(?:resume\W+)?(complete|gap)\b/;
/** A comment by which they tell how many changes the next event stands for. */
const CONFLATED = /^conflated (\d+)$/;

/** An event, and how many changes it stands for where the server says so. */
export type ReceivedEvent = StreamedEvent & Pick<Notification, 'conflated'>;

const nothing = (): void => {};

/**
 * A cold stream of server-sent events that comes back when it breaks, with `Last-Event-ID` (HTTP SSE profile). It errors with a
 * ThingError when the server refuses for good: any 4xx but 429, or an answer that is no event stream.
 */
export function openEventStream(
  url: string,
  options: EventStreamOptions,
  observer: EventStreamObserver,
): Observable<ReceivedEvent> {
  return new Observable((subscriber) => {
    const stream = new EventStream(url, options, {
      ...observer,
      event: (event) => subscriber.next(event),
      error: (error) => subscriber.error(error),
    });
    stream.connect();
    return () => stream.close();
  });
}

interface StreamListener extends EventStreamObserver {
  event(event: ReceivedEvent): void;
  error(error: ThingError): void;
}

/** One event stream through all its connections. */
class EventStream {
  readonly #url: string;
  readonly #options: EventStreamOptions;
  readonly #listener: StreamListener;
  #abort = new AbortController();
  #isClosed = false;
  #lastID = '';
  #began = false;
  #failures = 0;
  #retry = 0;
  #undecided = false;
  /** How many changes the next event stands for, if the server said so. */
  #conflated: number | undefined;
  #cancelTimer: () => void = nothing;
  #cancelSilence: () => void = nothing;

  constructor(url: string, options: EventStreamOptions, listener: StreamListener) {
    this.#url = url;
    this.#options = options;
    this.#listener = listener;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#cancelSilence();
    this.#abort.abort();
  }

  connect(): void {
    this.#abort = new AbortController();
    this.#read(this.#abort.signal).then(
      () => this.#failed(new ThingError('disconnected', `The event stream ${this.#url} ended`)),
      (thrown: unknown) => this.#failed(ThingError.from(thrown, `The event stream ${this.#url} cannot be read`)),
    );
  }

  #failed(error: ThingError): void {
    this.#cancelTimer();
    this.#cancelSilence();
    if (this.#isClosed) return;
    // A request that was good before is refused as `invalid` if it was cut in the middle.
    const isFinal = FINAL.has(error.code) && !(error.code === 'invalid' && this.#began);
    if (isFinal) {
      this.#isClosed = true;
      this.#listener.error(error);
      return;
    }
    const delay = Math.max(this.#retry, (error.retryAfter ?? 0) * 1000, this.#options.backOff(++this.#failures));
    this.#options.log.info(
      { url: this.#url, code: error.code, delay },
      'an event stream broke; another attempt follows',
    );
    this.#cancelTimer = this.#options.schedule(() => this.connect(), delay);
    this.#listener.waiting(delay, error);
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { requestTimeout, schedule } = this.#options;
    const cancelTimeout = schedule(() => this.#abort.abort(), requestTimeout);
    const headers = this.#lastID === '' ? {} : { 'Last-Event-ID': this.#lastID };
    const response = await send(
      { url: this.#url, accept: 'text/event-stream', headers: { 'Cache-Control': 'no-cache', ...headers }, signal },
      this.#options,
    ).finally(cancelTimeout);
    if (response.status !== 200) throw await this.#refusal(response);
    const type = response.headers.get('Content-Type') ?? '';
    if (!response.body || !/^text\/event-stream\b/i.test(type)) {
      await response.body?.cancel();
      throw new ThingError('protocol', `${this.#url} answered with '${type}' instead of an event stream`);
    }
    this.#begin();
    const take = createEventStreamParser({
      event: (event) => this.#event(event),
      comment: (text) => this.#comment(text),
      retry: (milliseconds) => {
        this.#retry = milliseconds;
      },
    });
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (signal.aborted) return;
      take(piece.value);
    }
  }

  async #refusal(response: Response): Promise<ThingError> {
    const text = await readText(response);
    if (response.status === 204) return new ThingError('notFound', `The event stream ${this.#url} is over`);
    return refusalOf(response, text, `GET ${this.#url}`);
  }

  #begin(): void {
    this.#conflated = undefined;
    this.#listener.connected();
    if (!this.#began) {
      this.#began = true;
      this.#listener.opened('new');
      return;
    }
    if (this.#lastID === '') {
      this.#listener.opened('gap');
      return;
    }
    // Our servers say by a comment at the head how it stands; others say nothing.
    this.#undecided = true;
    this.#cancelTimer = this.#options.schedule(() => this.#decide('unknown'), PATIENCE);
  }

  #decide(opening: Opening): void {
    if (!this.#undecided) return;
    this.#undecided = false;
    this.#cancelTimer();
    this.#listener.opened(opening);
  }

  #event(event: StreamedEvent): void {
    this.#decide('unknown');
    this.#failures = 0;
    if (event.id !== '') this.#lastID = event.id;
    const conflated = this.#conflated;
    this.#conflated = undefined;
    this.#listener.event(conflated === undefined ? event : { ...event, conflated });
  }

  #comment(text: string): void {
    const said = RESUME.exec(text)?.[1];
    if (said !== undefined) this.#decide(said === 'complete' ? 'complete' : 'gap');
    const changes = CONFLATED.exec(text)?.[1];
    if (changes !== undefined) this.#conflated = Number(changes);
    this.#cancelSilence();
    this.#cancelSilence = this.#options.schedule(() => this.#abort.abort(), SILENCE);
  }
}

/** Refusals that another attempt would not change. */
const FINAL: ReadonlySet<string> = new Set<ThingError['code']>([
  'invalid',
  'unauthenticated',
  'forbidden',
  'notFound',
  'notAllowed',
  'notAcceptable',
  'unsupportedMedia',
  'conflict',
  'protocol',
]);
