import { ThingError } from '@thingwright/core';
import type { FastifyReply } from 'fastify';
import type { Call, Respond } from './call.js';
import { chooseMediaType } from './media-type.js';

const JSON_UTF8 = 'application/json; charset=utf-8';

/** Answers with a JSON value. @throws ThingError `unavailable` for a handler that gave nothing at all. */
export function sendJson(reply: FastifyReply, value: unknown): void {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new ThingError('unavailable', 'There is no value');
  reply.header('content-type', JSON_UTF8).send(text);
}

/** Answers that it is done, with nothing to tell. */
export function sendNothing(reply: FastifyReply): void {
  reply.code(204).send();
}

/** Names one more header that the answer depends on. */
function vary(reply: FastifyReply, header: string): void {
  const before = reply.getHeader('vary');
  reply.header('vary', before === undefined ? header : `${String(before)}, ${header}`);
}

/**
 * Goes on with what came at once, or later.
 * @throws ThingError `forbidden`, later, for a caller whose authentication has ended meanwhile.
 */
export function whenDone<A>({ caller }: Call, answer: A | Promise<A>, go: (answer: A) => void): void | Promise<void> {
  if (!(answer instanceof Promise)) return go(answer);
  return answer.then((later) => {
    if (caller.ended?.aborted) throw new ThingError('forbidden', 'The credentials have ended meanwhile');
    go(later);
  });
}

/** The media type to answer with. @throws ThingError `notAcceptable` if none of those offered is wanted. */
export function negotiate<T extends string>({ request, reply }: Call, offered: readonly [T, ...T[]]): T {
  vary(reply, 'Accept');
  const chosen = chooseMediaType(request.headers.accept, offered);
  if (chosen === undefined) throw new ThingError('notAcceptable', `This address has only ${offered.join(', ')}`);
  return chosen;
}

/** Gives JSON to those who want it, and to those who want an event stream the stream. */
export function jsonOrStream<C extends Call>(json: Respond<C>, stream: Respond<C>): Respond<C> {
  return (call) =>
    (negotiate(call, ['application/json', 'text/event-stream']) === 'application/json' ? json : stream)(call);
}
