import type { Socket } from 'node:net';
import {
  type Answer,
  type Authentication,
  type Context,
  type Operation,
  type Site,
  type Thing,
  ThingError,
} from '@thingwright/core';
import { decodeRequest, encodeError, encodeResponse, type RequestEnvelope } from '@thingwright/web-thing-protocol';
import { v4 as uuid } from 'uuid';
import type { WebSocket } from 'ws';
import type { ConnectionLimits } from './limits.js';
import { type Flusher, Outbox } from './outbox.js';
import type { Relays } from './relay.js';
import { Subscriptions } from './subscriptions.js';
import { textFrameHeader } from './text-frame.js';

/** What all connections of a binding share. */
export interface ConnectionHost {
  readonly site: Site;
  readonly relays: Relays;
  readonly flusher: Flusher;
  readonly limits: ConnectionLimits;
}

/** Who is at the other end, and what it came for. */
export interface Visitor {
  readonly authentication: Authentication;
  /** The only Thing of the endpoint; undefined where all are reached. */
  readonly sole: Thing | undefined;
}

/** An operation on a Thing, with its answer once there is one. */
interface Done<A> {
  readonly operation: Operation;
  readonly thing: Thing;
  readonly answer: A;
}

/** Close codes that we send (RFC 6455, section 7.4, and the IANA registry). */
const NORMAL = 1000;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** One Consumer on one socket: requests in, answers and notifications out, subscriptions that end with it. */
export class Connection {
  readonly #ws: WebSocket;
  readonly #host: ConnectionHost;
  readonly #visitor: Visitor;
  readonly #context: Context;
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  /** Requests that are answered later; made by the first. */
  #inFlight: Set<RequestEnvelope> | undefined;
  #unusableInARow = 0;
  #windowStart = 0;
  #inWindow = 0;
  #missedPongs = 0;
  #over = false;

  constructor(ws: WebSocket, socket: Socket, { host, visitor }: { host: ConnectionHost; visitor: Visitor }) {
    const { site, relays, limits } = host;
    this.#ws = ws;
    this.#host = host;
    this.#visitor = visitor;
    this.#context = { principal: visitor.authentication.principal };
    this.#outbox = new Outbox(socket, host.flusher, { limit: limits.maxBuffered, drained: () => this.#catchUp() });
    this.#subscriptions = new Subscriptions({
      relays,
      limits,
      strict: site.strict,
      outbox: this.#outbox,
      context: this.#context,
      tooSlow: () => this.close(TRY_AGAIN_LATER, 'the reader is too slow'),
    });
  }

  /** Begins to listen to the peer; `gone` is called when it has left. */
  start(gone: () => void): void {
    const { ended } = this.#visitor.authentication;
    this.#ws.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    this.#ws.on('pong', () => {
      this.#missedPongs = 0;
    });
    this.#ws.on('error', () => this.#ws.terminate());
    this.#ws.on('close', () => {
      ended?.removeEventListener('abort', this.#revoke);
      this.#end();
      gone();
    });
    ended?.addEventListener('abort', this.#revoke, { once: true });
    if (ended?.aborted) this.#revoke();
  }

  /** Asks the peer whether it is alive; gives it up after two pings without an answer. */
  checkLife(): void {
    if (this.#missedPongs >= 2) {
      this.#ws.terminate();
      return;
    }
    // While too many requests wait for their answers nothing is read, and so no pong either.
    if (!this.#isSaturated) this.#missedPongs++;
    this.#ws.ping();
  }

  /** A Thing is gone; if this endpoint had no other, so is its reason to be. */
  removed(thing: Thing): void {
    if (this.#visitor.sole === thing) this.close(NORMAL, 'the Thing was removed');
  }

  /** Ends the connection with a code and a reason; answers given before still leave. */
  close(code: number, reason: string): void {
    if (this.#over) return;
    this.#end();
    this.#outbox.flush();
    this.#ws.close(code, reason);
    // Without the peer's close frame the socket would stay for half a minute.
    this.#ws.resume();
  }

  #end(): void {
    this.#over = true;
    this.#subscriptions.clear();
  }

  readonly #revoke = (): void => {
    const error = new ThingError('forbidden', 'The credentials of this connection are no longer good');
    for (const request of this.#inFlight ?? []) this.#refuse(request, error);
    this.close(POLICY_VIOLATION, 'credentials ended');
  };

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#over) return;
    this.#missedPongs = 0;
    if (isBinary) {
      this.close(UNSUPPORTED_DATA, 'text frames only');
      return;
    }
    const request = decodeRequest(data.toString(), this.#host.site.strict);
    if (this.#exceedsRate()) this.#refuseForRate(request);
    else if (request.operation) this.#handle(request, request.operation);
    else this.#refuseUnusable(request);
    if (this.#outbox.congested && !this.#over) this.#ws.pause();
  }

  #exceedsRate(): boolean {
    const now = Date.now();
    if (now - this.#windowStart >= 1000 || now < this.#windowStart) {
      this.#windowStart = now;
      this.#inWindow = 0;
    }
    return ++this.#inWindow > this.#host.limits.messagesPerSecond;
  }

  #refuseForRate(request: RequestEnvelope): void {
    const detail = `More than ${this.#host.limits.messagesPerSecond} messages in one second`;
    this.#refuse(request, new ThingError('tooMany', detail, { retryAfter: 1 }));
  }

  #refuseUnusable(request: RequestEnvelope): void {
    this.#refuse(request, request.error ?? new ThingError('invalid', 'There is no operation'));
    if (++this.#unusableInARow >= this.#host.limits.unusableFrames) {
      this.close(POLICY_VIOLATION, 'too many unusable frames');
    }
  }

  #handle(request: RequestEnvelope, operation: Operation): void {
    this.#unusableInARow = 0;
    try {
      const thing = this.#thingOf(request);
      const answer = thing.request(operation, this.#context);
      if (answer instanceof Promise) void this.#finishLater(request, { operation, thing, answer });
      else this.#finish(request, { operation, thing, answer });
    } catch (thrown) {
      this.#fail(request, thrown);
    }
  }

  #thingOf(request: RequestEnvelope): Thing {
    const { site } = this.#host;
    const { sole } = this.#visitor;
    const { principal } = this.#context;
    const thing = site.byID(request.thingID ?? '');
    const isHere = thing && (sole === undefined || sole === thing);
    if (!isHere || !site.isVisible(thing, principal)) {
      throw new ThingError('notFound', 'There is no such Thing here');
    }
    return thing;
  }

  async #finishLater(request: RequestEnvelope, { operation, thing, answer }: Done<Promise<Answer>>): Promise<void> {
    this.#inFlight ??= new Set();
    this.#inFlight.add(request);
    if (this.#isSaturated) this.#ws.pause();
    try {
      this.#finish(request, { operation, thing, answer: await answer });
    } catch (thrown) {
      this.#fail(request, thrown);
    }
    this.#inFlight?.delete(request);
    if (!this.#outbox.congested && this.#ws.isPaused) this.#ws.resume();
  }

  get #isSaturated(): boolean {
    return (this.#inFlight?.size ?? 0) >= this.#host.limits.requestsInFlight;
  }

  #finish(request: RequestEnvelope, { operation, thing, answer }: Done<Answer>): void {
    if (this.#over) return;
    this.#send(encodeResponse(request, { operation, answer }, this.#responseOptions(request)));
    const { correlationID } = request;
    switch (operation.op) {
      case 'observeproperty':
      case 'subscribeevent':
      case 'observeallproperties':
      case 'subscribeallevents':
        this.#subscriptions.open(thing, operation, { answer, correlationID });
        break;
      case 'unobserveproperty':
        this.#subscriptions.end(thing, 'property', operation.name);
        break;
      case 'unsubscribeevent':
        this.#subscriptions.end(thing, 'event', operation.name);
        break;
      case 'unobserveallproperties':
        this.#subscriptions.endAll(thing, 'property');
        break;
      case 'unsubscribeallevents':
        this.#subscriptions.endAll(thing, 'event');
        break;
      default:
    }
  }

  #fail(request: RequestEnvelope, thrown: unknown): void {
    if (!(thrown instanceof ThingError)) this.#host.site.log.error({ error: thrown }, 'an operation failed');
    this.#refuse(request, ThingError.from(thrown, 'The operation failed'));
  }

  #refuse(request: RequestEnvelope, error: ThingError): void {
    if (!this.#over) this.#send(encodeError(request, error, this.#responseOptions(request)));
  }

  #responseOptions(request: RequestEnvelope) {
    const { strict } = this.#host.site;
    const thingID = request.thingID ?? this.#spokesman?.id ?? '';
    return { thingID, messageID: uuid(), now: Date.now(), strict };
  }

  /** In whose name a frame is answered that names no Thing: the first, which in a gateway is the gateway. */
  get #spokesman(): Thing | undefined {
    const { things } = this.#host.site;
    return this.#visitor.sole ?? things.values().next().value;
  }

  #send(text: string): void {
    this.#outbox.write(textFrameHeader(text.length), text);
  }

  #catchUp(): void {
    if (this.#over) return;
    this.#subscriptions.catchUp();
    if (!this.#isSaturated) this.#ws.resume();
  }
}
