import { type Answer, type Operation, type Thing, ThingError } from '@thingwright/core';
import {
  decodeRequest,
  encodeError,
  encodeResponse,
  notificationTail,
  type RequestEnvelope,
} from '@thingwright/web-thing-protocol';
import { v4 as uuid } from 'uuid';
import { type Conversation, type ConversationHost, type ConversationParts, reaches } from './conversation.js';
import { Subscriptions } from './subscriptions.js';

/** An operation on a Thing, with its answer once there is one. */
interface Done<A> {
  readonly operation: Operation;
  readonly thing: Thing;
  readonly answer: A;
}

/** The W3C Web Thing Protocol: requests in, answers and notifications out. */
export class WebThingConversation implements Conversation {
  readonly #parts: ConversationParts;
  readonly #host: ConversationHost;
  readonly #subscriptions: Subscriptions;
  /** Made by the first that is answered later. */
  #inFlight: Set<RequestEnvelope> | undefined;
  /** By Thing, who waits for what it missed: what comes after it about readers of that Thing comes after it. */
  #recalling: Map<Thing, Promise<void>> | undefined;

  constructor(parts: ConversationParts) {
    const { host, visitor, line } = parts;
    this.#parts = parts;
    this.#host = host;
    this.#subscriptions = new Subscriptions({
      relays: host.relays,
      limits: host.limits,
      figures: host.figures,
      strict: host.site.strict,
      encoding: host.encodings.webthingprotocol,
      context: visitor.context,
      line,
    });
  }

  get inFlight(): number {
    return this.#inFlight?.size ?? 0;
  }

  begin(): void {}

  receive(text: string): boolean {
    const request = decodeRequest(text, this.#host.site.strict);
    const { operation } = request;
    if (!operation) {
      this.#refuse(request, request.error ?? new ThingError('invalid', 'There is no operation'));
      return false;
    }
    this.#handle(request, operation);
    return true;
  }

  refuse(text: string, error: ThingError): void {
    this.#refuse(decodeRequest(text, this.#host.site.strict), error);
  }

  revoke(error: ThingError): void {
    for (const request of this.#inFlight ?? []) this.#refuse(request, error);
  }

  catchUp(): void {
    this.#subscriptions.catchUp();
  }

  added(): void {}

  removed(): void {}

  end(): void {
    this.#subscriptions.clear();
  }

  #handle(request: RequestEnvelope, operation: Operation): void {
    try {
      const thing = this.#thingOf(request);
      const earlier = this.#recalling?.get(thing);
      if (earlier && isAboutReading(operation)) {
        void this.#handleAfter(earlier, request, operation);
        return;
      }
      const { context } = this.#parts.visitor;
      const { trace } = request;
      const answer = thing.request(operation, trace ? { ...context, trace } : context);
      if (answer instanceof Promise) {
        const finished = this.#finishLater(request, { operation, thing, answer });
        if (isAboutReading(operation)) void this.#recall(thing, finished);
      } else {
        this.#finish(request, { operation, thing, answer });
      }
    } catch (thrown) {
      this.#fail(request, thrown);
    }
  }

  async #handleAfter(earlier: Promise<void>, request: RequestEnvelope, operation: Operation): Promise<void> {
    this.#inFlight ??= new Set();
    this.#inFlight.add(request);
    await earlier;
    this.#inFlight.delete(request);
    const { line } = this.#parts;
    if (line.isOver) return;
    this.#handle(request, operation);
    line.answered();
  }

  async #recall(thing: Thing, finished: Promise<void>): Promise<void> {
    this.#recalling ??= new Map();
    this.#recalling.set(thing, finished);
    await finished;
    if (this.#recalling.get(thing) === finished) this.#recalling.delete(thing);
  }

  #thingOf(request: RequestEnvelope): Thing {
    const { site } = this.#host;
    const thing = site.byID(request.thingID ?? '');
    if (!thing || !reaches(this.#parts.visitor, site, thing)) {
      throw new ThingError('notFound', 'There is no such Thing here');
    }
    return thing;
  }

  async #finishLater(request: RequestEnvelope, { operation, thing, answer }: Done<Promise<Answer>>): Promise<void> {
    this.#inFlight ??= new Set();
    this.#inFlight.add(request);
    try {
      this.#finish(request, { operation, thing, answer: await answer });
    } catch (thrown) {
      this.#fail(request, thrown);
    }
    this.#inFlight.delete(request);
    this.#parts.line.answered();
  }

  #finish(request: RequestEnvelope, { operation, thing, answer }: Done<Answer>): void {
    const { line } = this.#parts;
    if (line.isOver) return;
    line.send(encodeResponse(request, { operation, answer }, this.#responseOptions(request)));
    switch (operation.op) {
      case 'observeproperty':
      case 'observeallproperties':
      case 'subscribeevent':
      case 'subscribeallevents': {
        const isProperty = operation.op === 'observeproperty' || operation.op === 'observeallproperties';
        const { names = [], missed } = answer;
        const tail = notificationTail(operation.op, request.correlationID);
        this.#subscriptions.open(thing, isProperty ? 'property' : 'event', { names, missed, tail });
        break;
      }
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
    const { line } = this.#parts;
    if (!line.isOver) line.send(encodeError(request, error, this.#responseOptions(request)));
  }

  #responseOptions(request: RequestEnvelope) {
    const { strict } = this.#host.site;
    const thingID = request.thingID ?? this.#spokesman?.id ?? '';
    return { thingID, messageID: uuid(), now: Date.now(), strict };
  }

  /** In whose name a frame is answered that names no Thing: the first, which in a gateway is the gateway. */
  get #spokesman(): Thing | undefined {
    return this.#parts.visitor.sole ?? this.#host.site.things.values().next().value;
  }
}

/** Tells whether an operation begins or ends an observation or a subscription. */
function isAboutReading({ op }: Operation): boolean {
  switch (op) {
    case 'observeproperty':
    case 'observeallproperties':
    case 'subscribeevent':
    case 'subscribeallevents':
    case 'unobserveproperty':
    case 'unobserveallproperties':
    case 'unsubscribeevent':
    case 'unsubscribeallevents':
      return true;
    default:
      return false;
  }
}
