import { type Thing, ThingError } from '@thingwright/core';
import {
  decodeLabThingsRequest,
  type ErrorSubject,
  encodeLabThingsError,
  type LabThingsInstruction,
} from '@thingwright/web-thing-protocol/legacy';
import type { Conversation, ConversationParts } from './conversation.js';
import { actionCovered, namesCovered } from './coverage.js';
import { Subscriptions } from './subscriptions.js';

/**
 * LabThings' dialect: properties, actions and (ours) events of one Thing are observed by name. What succeeds is silent, each
 * name that fails is answered by an error, and nothing is ever answered later.
 */
export class LabThingsConversation implements Conversation {
  readonly #parts: ConversationParts;
  readonly #subscriptions: Subscriptions;
  readonly inFlight = 0;

  constructor(parts: ConversationParts) {
    const { host, visitor, line } = parts;
    this.#parts = parts;
    this.#subscriptions = new Subscriptions({
      relays: host.relays,
      limits: host.limits,
      figures: host.figures,
      strict: host.site.strict,
      encoding: host.encodings.labthings,
      context: visitor.context,
      line,
    });
  }

  begin(): void {}

  receive(text: string): boolean {
    const { op, parts, error } = decodeLabThingsRequest(text, this.#parts.host.site);
    if (error) {
      this.#fail({ op }, error);
      return false;
    }
    for (const { name, instruction } of parts) {
      try {
        if (instruction) this.#carryOut(this.#thing, instruction);
      } catch (thrown) {
        this.#fail({ op, name }, thrown);
      }
    }
    return true;
  }

  refuse(text: string, error: ThingError): void {
    this.#fail({ op: decodeLabThingsRequest(text, this.#parts.host.site).op }, error);
  }

  revoke(): void {}

  catchUp(): void {
    this.#subscriptions.catchUp();
  }

  added(): void {}

  removed(): void {}

  end(): void {
    this.#subscriptions.clear();
  }

  /** The Thing of the path, as long as it may be seen. */
  get #thing(): Thing {
    const { host, visitor } = this.#parts;
    const { sole, context } = visitor;
    if (!sole || !host.site.isVisible(sole, context.principal)) {
      throw new ThingError('forbidden', 'This Thing may no longer be seen');
    }
    return sole;
  }

  #carryOut(thing: Thing, instruction: LabThingsInstruction): void {
    const { context } = this.#parts.visitor;
    const { op, name } = instruction;
    switch (op) {
      case 'observeproperty':
        this.#subscriptions.open(thing, 'property', { names: namesCovered(thing, instruction, context), tail: '' });
        break;
      case 'subscribeevent':
        this.#subscriptions.open(thing, 'event', { names: namesCovered(thing, instruction, context), tail: '' });
        break;
      case 'observeaction':
        this.#subscriptions.open(thing, 'action', { names: actionCovered(thing, name, context), tail: '' });
        break;
      case 'unobserveproperty':
        void thing.request(instruction, context);
        this.#subscriptions.end(thing, 'property', name);
        break;
      case 'unsubscribeevent':
        void thing.request(instruction, context);
        this.#subscriptions.end(thing, 'event', name);
        break;
      case 'unobserveaction':
        actionCovered(thing, name, context);
        this.#subscriptions.end(thing, 'action', name);
        break;
    }
  }

  #fail(subject: ErrorSubject, thrown: unknown): void {
    const { line, host } = this.#parts;
    const { log, strict } = host.site;
    if (!(thrown instanceof ThingError)) log.error({ error: thrown }, 'an operation failed');
    if (line.isOver) return;
    line.send(encodeLabThingsError(subject, ThingError.from(thrown, 'The operation failed'), strict));
  }
}
