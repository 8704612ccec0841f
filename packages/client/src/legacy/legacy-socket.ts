import { ThingError } from '@thingwright/core';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { ConnectionOptions } from '../connection-options.js';
import { createDeferred } from '../deferred.js';
import { Heartbeat } from '../heartbeat.js';
import type { Socket, SocketEnd, SocketRequest } from '../socket/socket.js';
import { socketError } from '../socket-error.js';
import type { ConnectionState } from '../transport.js';

/** What a socket of an older dialect is made of. */
export interface LegacySocketParts
  extends Pick<ConnectionOptions, 'sockets' | 'schedule' | 'backOff' | 'log' | 'connectTimeout'> {
  readonly url: string;
  /**
   * Make the upgrade request, one after the other until one is accepted: a platform refuses a server that was offered a sub-protocol
   * and echoes none.
   */
  readonly handshakes: readonly (() => Promise<SocketRequest>)[];
  /** Milliseconds to wait for the first frame before anything is sent; 0: nothing is waited for. */
  readonly settling: number;
}

/** What a socket tells. */
export interface LegacySocketEvents {
  /** Frames can be sent; for the first time, or again. */
  up(): void;
  message(text: string | undefined): void;
  /** It broke; `isAbrupt` if no close frame came. It comes back unless `over` follows. */
  down(isAbrupt: boolean): void;
  /** It will not come back. */
  over(error: ThingError): void;
}

/** Close code where there was no close frame. */
const ABRUPT = 1006;
/** A connection that held this long (milliseconds) starts the back-off anew. */
const STABLE = 10_000;
/** How long (milliseconds) a closing handshake may take. */
const CLOSING = 2000;

const nothing = (): void => {};

/** One WebSocket to one Thing, without requests and answers, that comes back when it breaks. */
export class LegacySocket {
  readonly #parts: LegacySocketParts;
  readonly #events: LegacySocketEvents;
  readonly #states = new BehaviorSubject<ConnectionState>({ state: 'connecting', transport: 'websocket', attempt: 0 });
  readonly #opened = createDeferred<void>();
  readonly #ended = createDeferred<void>();
  readonly #heartbeat: Heartbeat;
  #socket: Socket | undefined;
  #isUp = false;
  #hasBeenUp = false;
  #isOver = false;
  /** Which of the handshakes is in use. */
  #handshake = 0;
  #failures = 0;
  #cancelTimer: () => void = nothing;

  constructor(parts: LegacySocketParts, events: LegacySocketEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#heartbeat = new Heartbeat({
      schedule: parts.schedule,
      ask: () => this.#socket?.ping?.(),
      giveUp: () => {
        parts.log.warn({ url: parts.url }, 'no sign of life; the connection is given up');
        this.#socket?.terminate();
      },
    });
  }

  /** How it stands, the present state first; completes when it is over. */
  get states(): Observable<ConnectionState> {
    return this.#states.asObservable();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Opens it; resolves once frames can be sent, rejects if the first attempt fails, which ends it. */
  open(): Promise<void> {
    this.#connect();
    return this.#opened.promise;
  }

  /** Sends a frame; only while it is up. */
  send(text: string): void {
    this.#socket?.send(text);
  }

  /** Ends it for good, by a word of the server's. */
  end(error: ThingError): void {
    const socket = this.#socket;
    this.#finish(error);
    socket?.close(1000, '');
  }

  /** Closes it for good; resolves once it is closed. */
  async close(): Promise<void> {
    const socket = this.#socket;
    const wasUp = this.#isUp;
    this.#finish(new ThingError('disconnected', `The connection to ${this.#parts.url} was closed`));
    if (!socket) return;
    if (wasUp) socket.close(1000, '');
    else socket.terminate();
    const cancel = this.#parts.schedule(() => socket.terminate(), CLOSING);
    await this.#ended.promise;
    cancel();
  }

  #connect(): void {
    this.#tell('connecting');
    const { handshakes, url } = this.#parts;
    const handshake = handshakes[this.#handshake] ?? handshakes[0];
    if (!handshake) return;
    handshake()
      .then((request) => {
        if (!this.#isOver) this.#open(request);
      })
      .catch((error: unknown) => this.#failed(ThingError.from(error, `${url} cannot be opened`)));
  }

  #open(request: SocketRequest): void {
    const { sockets, schedule, connectTimeout, url } = this.#parts;
    let trouble: ThingError | undefined;
    let wasAccepted = false;
    this.#socket = sockets.openSocket(request, {
      open: () => {
        wasAccepted = true;
        this.#accepted();
      },
      message: (text) => {
        this.#heartbeat.heard();
        this.#begin();
        if (!this.#isOver) this.#events.message(text);
      },
      alive: () => this.#heartbeat.heard(),
      close: (end) => this.#closed(end, { wasAccepted, trouble }),
    });
    this.#cancelTimer = schedule(() => {
      trouble = new ThingError('timeout', `${url} did not open within ${connectTimeout} ms`);
      this.#socket?.terminate();
    }, connectTimeout);
  }

  #accepted(): void {
    this.#cancelTimer();
    // Where the platform has no pings silence says nothing: these servers may have nothing to say.
    if (this.#socket?.ping) this.#heartbeat.start();
    const { settling, schedule } = this.#parts;
    if (settling === 0) this.#begin();
    else this.#cancelTimer = schedule(() => this.#begin(), settling);
  }

  #begin(): void {
    if (this.#isUp || this.#isOver) return;
    this.#isUp = true;
    this.#hasBeenUp = true;
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.schedule(() => {
      this.#failures = 0;
    }, STABLE);
    this.#tell('open');
    this.#opened.resolve();
    this.#events.up();
  }

  #closed(
    end: SocketEnd,
    { wasAccepted, trouble }: { readonly wasAccepted: boolean; readonly trouble: ThingError | undefined },
  ): void {
    const { url, handshakes } = this.#parts;
    const wasUp = this.#isUp;
    this.#socket = undefined;
    this.#isUp = false;
    this.#cancelTimer();
    this.#heartbeat.stop();
    if (this.#isOver) {
      this.#ended.resolve();
      return;
    }
    if (!wasAccepted && !trouble && end.status === undefined && this.#handshake + 1 < handshakes.length) {
      this.#handshake++;
      this.#connect();
      return;
    }
    if (!wasAccepted) this.#handshake = 0;
    if (wasUp) this.#events.down(end.code === ABRUPT);
    const isRefusal = wasAccepted && !wasUp;
    const refusal = `${url} closed the connection (${end.code}) before it said a word: it may refuse the credentials`;
    this.#failed(isRefusal ? new ThingError('disconnected', refusal) : (trouble ?? socketError(url, end)));
  }

  #failed(error: ThingError): void {
    if (this.#isOver) return;
    if (!this.#hasBeenUp || error.code === 'unauthenticated') {
      this.#finish(error);
      return;
    }
    const { backOff, log, schedule, url } = this.#parts;
    const delay = Math.max((error.retryAfter ?? 0) * 1000, backOff(++this.#failures));
    log.info({ url, code: error.code, delay }, 'the connection broke; another attempt follows');
    this.#cancelTimer = schedule(() => this.#connect(), delay);
    this.#tell('waiting', { delay, error });
  }

  #finish(error: ThingError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isUp = false;
    this.#cancelTimer();
    this.#heartbeat.stop();
    this.#opened.reject(error);
    this.#tell('closed', { error });
    this.#states.complete();
    this.#events.over(error);
  }

  #tell(state: ConnectionState['state'], more: Pick<ConnectionState, 'delay' | 'error'> = {}): void {
    this.#states.next({ state, transport: 'websocket', attempt: this.#failures, ...more });
  }
}
