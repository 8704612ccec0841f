import { type Authentication, type Context, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Who asks, and what operations on their behalf run with. */
export interface Caller extends Authentication, Context {}

const CALLER = 'deviceManagerCaller';

/** Has callers asked who they are before any byte of a body is read; those whom nobody knows get no further. */
export function identifyCallers(app: FastifyInstance, listener: Listener): void {
  app.decorateRequest(CALLER, null);
  app.addHook('onRequest', async (request) => {
    const authentication = await listener.authenticate(request.raw);
    if (!authentication) {
      const { authorization, cookie } = request.headers;
      const isNobody = authorization === undefined && cookie === undefined;
      throw new ThingError('unauthenticated', isNobody ? 'Not authenticated' : 'Invalid token.');
    }
    const from = { address: listener.addressOf(request.raw) };
    request.setDecorator<Caller>(CALLER, { ...authentication, from, binding: 'http' });
  });
}

/** Who sends a request. */
export const callerOf = (request: FastifyRequest): Caller => request.getDecorator<Caller>(CALLER);
