import { type Answer, type Notification, type ObserveOperation, type Operation, ThingError } from '@thingwright/core';
import { decodeMessage, encodeRequest, SUBPROTOCOL } from '@thingwright/web-thing-protocol';
import { BehaviorSubject, Observable } from 'rxjs';
import { v4 as uuid } from 'uuid';
import type { ConnectionOptions } from './connection-options.js';
import { createDeferred } from './deferred.js';
import { Heartbeat } from './heartbeat.js';
import { nameOf, PendingRequests, type Reply } from './pending-requests.js';
import type { Socket, SocketEnd, SocketRequest } from './socket/socket.js';
import { socketError } from './socket-error.js';
import type { ConnectionState, Opening, RequestOperation } from './transport.js';
import { type ThingGap, WireSubscriptions } from './wire-subscriptions.js';

/** The id of no Thing. */
const NO_THING = 'urn:uuid:00000000-0000-4000-8000-000000000000';

/** A connection that held this long (milliseconds) starts the back-off anew. */
const STABLE = 10_000;
/** How long (milliseconds) a closing handshake may take. */
const CLOSING = 2000;

const nothing = (): void => {};

/** One WebSocket that speaks the Web Thing Protocol for any number of Things, and comes back when it breaks. */
export class Connection {
  readonly url: string;
  readonly #options: ConnectionOptions;
  readonly #requests: PendingRequests;
  readonly #subscriptions: WireSubscriptions;
  readonly #states = new BehaviorSubject<ConnectionState>({ state: 'connecting', transport: 'websocket', attempt: 0 });
  readonly #opened = createDeferred<void>();
  #socket: Socket | undefined;
  #isOpen = false;
  #hasBeenOpen = false;
  #isGivenUp = false;
  /** Why it is over. */
  #end: ThingError | undefined;
  readonly #ended = createDeferred<void>();
  #failures = 0;
  readonly #heartbeat: Heartbeat;
  #cancelNext: () => void = nothing;

  constructor(url: string, options: ConnectionOptions) {
    this.url = url;
    this.#options = options;
    this.#requests = new PendingRequests(options.schedule);
    this.#subscriptions = new WireSubscriptions({
      schedule: options.schedule,
      backOff: options.backOff,
      isOpen: () => this.#isOpen,
      send: (thingID, operation, reply) => this.#send(thingID, operation, { reply }),
      giveUp: ({ detail }) => {
        options.log.warn({ url, reason: detail }, 'a stream cannot go on; the connection is given up');
        this.#giveUp();
      },
    });
    this.#heartbeat = new Heartbeat({
      schedule: options.schedule,
      ask: () => this.#askForLife(),
      giveUp: () => {
        options.log.warn({ url }, 'no sign of life; the connection is given up');
        this.#giveUp();
      },
    });
    this.#connect();
  }

  /** Resolves once it is open; rejects if the first attempt fails, which ends the connection. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** How it stands, the present state first; completes when it is closed. */
  get states(): Observable<ConnectionState> {
    return this.#states.asObservable();
  }

  /** Resumptions that may have missed something, of all Things. */
  get gaps(): Observable<ThingGap> {
    return this.#subscriptions.gaps;
  }

  /** Whether it will not come back. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** How many requests wait for an answer. */
  get pending(): number {
    return this.#requests.size;
  }

  /** Sends a request; rejects at once with `disconnected` while there is no socket. */
  request(thingID: string, operation: RequestOperation, timeout?: number): Promise<Answer> {
    return new Promise((resolve, reject) =>
      this.#send(thingID, operation, { reply: { resolve, reject }, ...(timeout === undefined ? {} : { timeout }) }),
    );
  }

  /** A stream that lives through interruptions; shared on the wire with all others of the same kind. */
  observe(thingID: string, operation: ObserveOperation, opened: (opening: Opening) => void): Observable<Notification> {
    return new Observable((subscriber) => {
      if (this.#end) {
        subscriber.error(this.#end);
        return undefined;
      }
      return this.#subscriptions.add(thingID, operation, {
        next: (notification) => subscriber.next(notification),
        error: (error) => subscriber.error(error),
        opened,
      });
    });
  }

  /** Closes the socket for good; resolves once it is closed. */
  async close(): Promise<void> {
    if (this.#end) return;
    const socket = this.#socket;
    const wasOpen = this.#isOpen;
    this.#finish(new ThingError('disconnected', `The connection to ${this.url} was closed`));
    if (!socket) return;
    if (wasOpen) socket.close(1000, '');
    else socket.terminate();
    const cancel = this.#options.schedule(() => socket.terminate(), CLOSING);
    await this.#ended.promise;
    cancel();
  }

  #send(
    thingID: string,
    operation: Operation,
    { reply, timeout = this.#options.requestTimeout }: { readonly reply: Reply; readonly timeout?: number },
  ): void {
    if (!this.#isOpen || !this.#socket) {
      reply.reject(
        this.#end ?? new ThingError('disconnected', `${nameOf(operation)}: there is no connection to ${this.url}`),
      );
      return;
    }
    const correlationID = uuid();
    const trace = this.#options.trace?.();
    const text = encodeRequest(operation, { thingID, messageID: uuid(), correlationID, trace });
    this.#requests.add(correlationID, reply, { what: nameOf(operation), timeout });
    this.#socket.send(text);
  }

  #connect(): void {
    this.#tell('connecting');
    this.#options
      .handshake()
      .then((request) => {
        if (!this.#end) this.#open(request);
      })
      .catch((error: unknown) => {
        if (!this.#end) this.#failed(ThingError.from(error, `${this.url} cannot be opened`));
      });
  }

  #open(request: SocketRequest): void {
    const { sockets, schedule, connectTimeout } = this.#options;
    let trouble: ThingError | undefined;
    const giveUp = (error: ThingError): void => {
      trouble = error;
      socket.terminate();
    };
    let cancelTimeout = nothing;
    const socket = sockets.openSocket(request, {
      open: (protocol) => {
        cancelTimeout();
        if (protocol === SUBPROTOCOL) this.#isUp();
        else giveUp(new ThingError('protocol', `${this.url} speaks '${protocol}' instead of ${SUBPROTOCOL}`));
      },
      message: (text) => {
        if (!this.#isGivenUp) this.#receive(text);
      },
      alive: () => this.#heartbeat.heard(),
      close: (end) => {
        cancelTimeout();
        this.#isDown(trouble, end);
      },
    });
    this.#socket = socket;
    this.#isGivenUp = false;
    cancelTimeout = schedule(
      () => giveUp(new ThingError('timeout', `${this.url} did not open within ${connectTimeout} ms`)),
      connectTimeout,
    );
  }

  /** Ends the socket. What it still brings is not listened to: an answer that came too late may have told of a gap before it. */
  #giveUp(): void {
    this.#isGivenUp = true;
    this.#socket?.terminate();
  }

  #isUp(): void {
    this.#isOpen = true;
    this.#hasBeenOpen = true;
    this.#heartbeat.start();
    this.#cancelNext = this.#options.schedule(() => {
      this.#failures = 0;
    }, STABLE);
    this.#tell('open');
    this.#opened.resolve();
    this.#subscriptions.openAll();
  }

  #isDown(trouble: ThingError | undefined, end: SocketEnd): void {
    const wasOpen = this.#isOpen;
    const error = trouble ?? socketError(this.url, end);
    this.#socket = undefined;
    this.#isOpen = false;
    this.#cancelNext();
    this.#heartbeat.stop();
    if (this.#end) {
      this.#ended.resolve();
      return;
    }
    this.#requests.disconnect(`the connection to ${this.url} ended (${end.code}${end.reason && ` ${end.reason}`})`);
    this.#subscriptions.interrupt();
    const { sockets, explain } = this.#options;
    const isExplained = sockets.canSendHeaders || wasOpen || trouble;
    void (isExplained ? Promise.resolve(undefined) : explain()).then((reason) => {
      if (!this.#end) this.#failed(reason ?? error);
    });
  }

  #failed(error: ThingError): void {
    if (!this.#hasBeenOpen || error.code === 'unauthenticated' || error.code === 'forbidden') {
      this.#finish(error);
      return;
    }
    const delay = Math.max((error.retryAfter ?? 0) * 1000, this.#options.backOff(++this.#failures));
    this.#options.log.info({ url: this.url, code: error.code, delay }, 'the connection broke; another attempt follows');
    this.#cancelNext = this.#options.schedule(() => this.#connect(), delay);
    this.#tell('waiting', { delay, error });
  }

  #finish(error: ThingError): void {
    this.#end = error;
    this.#isOpen = false;
    this.#cancelNext();
    this.#heartbeat.stop();
    this.#requests.disconnect(error.detail);
    this.#subscriptions.fail(error);
    this.#opened.reject(error);
    this.#tell('closed', { error });
    this.#states.complete();
  }

  #tell(state: ConnectionState['state'], more: Pick<ConnectionState, 'delay' | 'error'> = {}): void {
    this.#states.next({ state, transport: 'websocket', attempt: this.#failures, ...more });
  }

  #receive(text: string | undefined): void {
    this.#heartbeat.heard();
    const message = decodeMessage(text ?? '');
    switch (message.type) {
      case 'response': {
        const { correlationID, answer, error, thingID } = message;
        if (correlationID !== undefined && this.#requests.settle(correlationID, error ?? answer)) return;
        // Our servers say so, after the answer, when the Thing of a subscription is removed.
        if (error?.code === 'notFound' && thingID !== undefined && this.#subscriptions.end(thingID, error)) return;
        this.#options.log.warn({ url: this.url, correlationID, code: error?.code }, 'an answer that nobody waits for');
        return;
      }
      case 'notification':
        this.#subscriptions.deliver(message.notification);
        return;
      case 'unusable':
        this.#options.log.warn({ url: this.url, reason: message.reason }, 'an unusable frame');
    }
  }

  #askForLife(): void {
    const ping = this.#socket?.ping;
    if (ping) ping();
    // A browser sends no pings: a query for an invocation that nobody has costs a Thing next to nothing.
    else this.request(NO_THING, { op: 'queryaction', actionID: uuid() }).catch(nothing);
  }
}
