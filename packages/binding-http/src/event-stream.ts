import type { ServerResponse } from 'node:http';
import type { Notification, ReaderFigures } from '@thingwright/core';
import { toSseComment } from './sse-message.js';

/** What is sent, as far as a stream looks at it: by its name it knows what to conflate. */
type Named = Pick<Notification, 'name'>;

/** Bytes that may wait for a reader before it counts as slow. */
const MOST_WAITING = 65_536;

/** Characters of messages that may wait for a slow reader; one message may always. Readers are many, and messages may be long. */
const MOST_CHARACTERS = 16_777_216;

/** What a stream needs of those who keep all streams. */
export interface StreamHost {
  readonly figures: ReaderFigures;
  /** Has the stream flushed when this pass of the event loop is over. */
  flushSoon(stream: EventStream): void;
  /** Called once, when the stream has ended for whatever reason. */
  ended(stream: EventStream): void;
}

/** How a stream treats a slow reader. */
export interface Slowness {
  /** Whether only the latest of several messages of one affordance is kept, told with how many it stands for. */
  readonly conflates: boolean;
  /**
   * Messages that may wait, of 16 Mi characters together; with one more the stream is cut, and its reader may resume from the journal.
   */
  readonly maxQueued: number;
}

/**
 * One reader's event stream. What comes within a pass of the event loop leaves in one write; what a slow reader cannot take
 * waits here, conflated or up to a limit, not in the socket.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #slowness: Slowness;
  readonly #host: StreamHost;
  /** By affordance where it conflates, else by notification; oldest first. */
  readonly #backlog = new Map<string | Named, { text: string; count: number }>();
  /** Characters in it. */
  #characters = 0;
  #ready = '';
  #over = false;
  #idlePasses = 0;

  constructor(response: ServerResponse, slowness: Slowness, host: StreamHost) {
    this.#response = response;
    this.#slowness = slowness;
    this.#host = host;
    response.on('close', () => this.#finish());
    response.on('error', () => this.#finish());
    response.on('drain', () => this.flush());
  }

  /** Sends the headers at once, and no message. */
  begin(headers: Readonly<Record<string, number | string | string[] | undefined>>): void {
    const given = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    this.#response.writeHead(200, {
      ...Object.fromEntries(given),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#response.flushHeaders();
  }

  /** Sends text that is not subject to any limit: what a reader missed, or a comment. */
  send(text: string): void {
    if (this.#over) return;
    this.#ready += text;
    this.#host.flushSoon(this);
  }

  /** Takes a message; `text` is it, encoded. */
  take(notification: Named, text: string): void {
    if (this.#over) return;
    if (this.#backlog.size === 0 && this.#ready.length + this.#response.writableLength < MOST_WAITING) {
      this.#host.figures.sent.value++;
      this.send(text);
      return;
    }
    const key = this.#slowness.conflates ? notification.name : notification;
    const before = this.#backlog.get(key);
    this.#backlog.delete(key);
    this.#backlog.set(key, { text, count: (before?.count ?? 0) + 1 });
    this.#characters += text.length - (before?.text.length ?? 0);
    const { size } = this.#backlog;
    const isTooMuch = size > this.#slowness.maxQueued || (size > 1 && this.#characters > MOST_CHARACTERS);
    if (isTooMuch) this.#giveUp();
    else this.#host.flushSoon(this);
  }

  /** Writes what is ready, and of the backlog as much as the socket takes. */
  flush(): void {
    if (this.#over) return;
    this.#write(this.#ready);
    this.#ready = '';
    const { figures } = this.#host;
    while (this.#backlog.size > 0 && !this.#response.writableNeedDrain) {
      let text = '';
      for (const [key, waiting] of this.#backlog) {
        this.#backlog.delete(key);
        this.#characters -= waiting.text.length;
        figures.sent.value++;
        figures.conflated.value += waiting.count - 1;
        text += waiting.count > 1 ? toSseComment(`conflated ${waiting.count}`) + waiting.text : waiting.text;
        if (text.length >= MOST_WAITING) break;
      }
      this.#write(text);
    }
  }

  #write(text: string): void {
    if (text === '') return;
    this.#idlePasses = 0;
    this.#response.write(text);
  }

  /** Shows the reader that we are there; cuts one that has taken nothing for three rounds of this. */
  keepAlive(): void {
    if (this.#response.writableLength === 0) this.send(toSseComment(''));
    else if (++this.#idlePasses >= 3) this.#giveUp();
  }

  #giveUp(): void {
    this.#host.figures.slow.value++;
    this.cut();
  }

  /** Ends the stream after what is ready; its reader may come again. */
  end(): void {
    if (this.#over) return;
    this.flush();
    this.#finish();
    this.#response.end();
  }

  /** Ends the stream at once and frees what waits. */
  cut(): void {
    this.#finish();
    this.#response.destroy();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#backlog.clear();
    this.#ready = '';
    this.#host.ended(this);
  }
}
