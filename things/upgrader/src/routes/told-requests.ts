import type { Caller as From, Principal } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { FastifyInstance } from 'fastify';
import { knownCallerOf } from './callers.js';

/** What somebody asked the REST API to change, refused or not; never what was sent. */
export interface ChangeRequest {
  readonly principal: Principal;
  readonly from: From;
  /** To which what it is about belongs; absent where that is not known, or it belongs to all. */
  readonly organization?: string;
  /** The method in lower case. */
  readonly operation: string;
  /** Without its query. */
  readonly path: string;
  /** `done`, or the code of an error. */
  readonly result: string;
}

/** Is told of every request that would change something, before it is answered. Never throws; is quick. */
export type TellRequest = (request: ChangeRequest) => void;

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const CODES: ReadonlyMap<number, string> = new Map([
  [403, 'forbidden'],
  [404, 'notFound'],
  [405, 'notAllowed'],
  [409, 'conflict'],
  [413, 'tooLarge'],
  [415, 'unsupportedMedia'],
  [429, 'tooMany'],
  [503, 'unavailable'],
]);

const resultOf = (status: number): string =>
  status < 400 ? 'done' : (CODES.get(status) ?? (status < 500 ? 'invalid' : 'failed'));

/** Has somebody told of requests; those of nobody are told of by whoever asks who they are. */
export function tellRequests(app: FastifyInstance, listener: Listener, tell: TellRequest): void {
  app.addHook('onSend', async (request, reply) => {
    const caller = knownCallerOf(request);
    if (!caller || READS.has(request.method)) return;
    const { principal, concerned } = caller;
    const [path = ''] = request.url.split('?');
    tell({
      principal,
      from: { address: listener.addressOf(request.raw) },
      ...(concerned === undefined ? {} : { organization: concerned }),
      operation: request.method.toLowerCase(),
      path,
      result: resultOf(reply.statusCode),
    });
  });
}
