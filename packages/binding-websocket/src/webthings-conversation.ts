import { type Answer, type Thing, ThingError } from '@thingwright/core';
import {
  decodeWebThingsRequest,
  encodeThingChange,
  encodeWebThingsActionStatus,
  encodeWebThingsError,
  type LegacyRequest,
  MISSING_THING_ID,
  type RequestPart,
  requestOf,
  thingNotFound,
  toWebThingsFailure,
  type WebThingsInstruction,
} from '@thingwright/web-thing-protocol/legacy';
import { type Conversation, type ConversationHost, type ConversationParts, reaches } from './conversation.js';
import { namesCovered } from './coverage.js';
import { Introductions } from './introductions.js';
import { Subscriptions } from './subscriptions.js';

type Request = LegacyRequest<WebThingsInstruction>;

/** One name of a request, on its way. */
interface Asked {
  readonly request: Request;
  readonly part: RequestPart<WebThingsInstruction>;
  readonly thing: Thing;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/**
 * WebThings' dialect: values, changes and the states of runs are told unasked, events on request; properties are set and
 * actions requested by name. What succeeds is answered by what it changes, each name that fails by an error.
 */
export class WebThingsConversation implements Conversation {
  readonly #parts: ConversationParts;
  readonly #host: ConversationHost;
  readonly #subscriptions: Subscriptions;
  readonly #introductions: Introductions;
  readonly #inFlight = new Set<Asked>();

  constructor(parts: ConversationParts) {
    const { host, visitor, line } = parts;
    const { site, limits, relays } = host;
    const { context } = visitor;
    this.#parts = parts;
    this.#host = host;
    this.#subscriptions = new Subscriptions({
      relays,
      limits,
      figures: host.figures,
      strict: site.strict,
      encoding: host.encodings.webthings,
      context,
      line,
    });
    this.#introductions = new Introductions({
      line,
      subscriptions: this.#subscriptions,
      context,
      limits,
      isVisible: (thing) => site.isVisible(thing, context.principal),
    });
  }

  get inFlight(): number {
    return this.#inFlight.size + this.#introductions.reading;
  }

  begin(): void {
    const { sole } = this.#parts.visitor;
    for (const thing of sole ? [sole] : this.#host.site.things.values()) this.#introductions.add(thing, false);
    this.#introductions.proceed();
  }

  receive(text: string): boolean {
    const request = decodeWebThingsRequest(text, this.#host.site);
    const { error, parts, message } = request;
    if (error) {
      this.#refuseAll(request, error);
      return false;
    }
    const { sole } = this.#parts.visitor;
    const name = request.thing ?? sole?.name;
    if (name === undefined) {
      this.#send(encodeWebThingsError(MISSING_THING_ID, { request: message }));
      return false;
    }
    const thing = this.#thingNamed(name);
    if (!thing) {
      this.#send(encodeWebThingsError(thingNotFound(name, 400), { request: message }));
      return true;
    }
    this.#introductions.introduce(thing);
    const since = Date.now();
    for (const part of parts) this.#handle({ request, part, thing, since });
    return true;
  }

  refuse(text: string, error: ThingError): void {
    this.#refuseAll(decodeWebThingsRequest(text, this.#host.site), error);
  }

  revoke(error: ThingError): void {
    for (const asked of this.#inFlight) this.#fail(asked, error);
  }

  catchUp(): void {
    this.#subscriptions.catchUp();
    this.#introductions.proceed();
  }

  added(thing: Thing): void {
    if (this.#parts.visitor.sole) return;
    this.#introductions.add(thing, true);
    this.#introductions.proceed();
  }

  removed(thing: Thing): void {
    if (this.#introductions.forget(thing)) this.#send(encodeThingChange(thing.name, 'removed'));
  }

  end(): void {
    this.#introductions.clear();
    this.#subscriptions.clear();
  }

  /** The Thing of that name, if the caller reaches it here. */
  #thingNamed(name: string): Thing | undefined {
    const { site } = this.#host;
    const thing = site.things.get(name);
    return thing && reaches(this.#parts.visitor, site, thing) ? thing : undefined;
  }

  #handle(asked: Asked): void {
    const { instruction, error } = asked.part;
    if (error) {
      this.#fail(asked, error);
      return;
    }
    try {
      const answer = this.#carryOut(asked.thing, instruction);
      if (answer instanceof Promise) void this.#finishLater(asked, answer);
      else this.#finish(asked, answer);
    } catch (thrown) {
      this.#fail(asked, thrown);
    }
  }

  #carryOut(thing: Thing, instruction: WebThingsInstruction): Answer | Promise<Answer> {
    const { context } = this.#parts.visitor;
    switch (instruction.op) {
      case 'writeproperty':
      case 'invokeaction':
        return thing.request(instruction, context);
      case 'subscribeevent':
        this.#subscriptions.open(thing, 'event', { names: namesCovered(thing, instruction, context), tail: '' });
        return {};
      case 'unsubscribeevent':
        this.#subscriptions.end(thing, 'event', instruction.name);
        return thing.request(instruction, context);
    }
  }

  async #finishLater(asked: Asked, answer: Promise<Answer>): Promise<void> {
    this.#inFlight.add(asked);
    try {
      this.#finish(asked, await answer);
    } catch (thrown) {
      this.#fail(asked, thrown);
    }
    this.#inFlight.delete(asked);
    this.#parts.line.answered();
  }

  /** Writes and runs are told by what they change; only an action that answers at its end has nothing else to tell it by. */
  #finish({ part, thing, since }: Asked, { status, output }: Answer): void {
    const { instruction } = part;
    if (instruction?.op !== 'invokeaction' || status) return;
    const { name: action, input } = instruction;
    const timeRequested = new Date(since).toISOString();
    const timeEnded = new Date().toISOString();
    this.#send(
      encodeWebThingsActionStatus(
        { action, state: 'completed', input, output, timeRequested, timeEnded },
        { thing: thing.name, strict: this.#host.site.strict },
      ),
    );
  }

  #fail({ request, part, thing }: Asked, thrown: unknown): void {
    const { log, strict } = this.#host.site;
    if (!(thrown instanceof ThingError)) log.error({ error: thrown }, 'an operation failed');
    const error = ThingError.from(thrown, 'The operation failed');
    const failure = toWebThingsFailure(error, { instruction: part.instruction, strict });
    this.#send(encodeWebThingsError(failure, { thing: thing.name, request: requestOf(request, part) }));
  }

  #refuseAll({ thing: named, message }: Request, error: ThingError): void {
    const name = named ?? this.#parts.visitor.sole?.name;
    const thing = name === undefined ? undefined : this.#thingNamed(name)?.name;
    const failure = toWebThingsFailure(error, { strict: this.#host.site.strict });
    this.#send(encodeWebThingsError(failure, { thing, request: message }));
  }

  #send(text: string): void {
    const { line } = this.#parts;
    if (!line.isOver) line.send(text);
  }
}
