import type { FastifyInstance } from 'fastify';
import type { Origins } from './origins.js';

const METHODS = 'GET, HEAD, PUT, POST, PATCH, DELETE';
const REQUEST_HEADERS =
  'Accept, Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, traceparent, tracestate';
const RESPONSE_HEADERS = 'Allow, ETag, Link, Location, Retry-After, Value-Time, WWW-Authenticate';

/**
 * Lets pages of allowed origins read our answers (Fetch standard, CORS): their origin is echoed, never `*`, and cookies
 * only count for origins that are named one by one. Does nothing where there are none to let in.
 */
export function allowCrossOrigin(fastify: FastifyInstance, origins: Origins): void {
  if (!origins.crossOrigin) return;
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !origins.isAllowed(origin, request.raw)) return done();
    reply.header('access-control-allow-origin', origin);
    if (origins.isKnown(origin, request.raw)) reply.header('access-control-allow-credentials', 'true');
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      reply
        .code(204)
        .header('access-control-allow-methods', METHODS)
        .header('access-control-allow-headers', REQUEST_HEADERS)
        .header('access-control-max-age', '600')
        .send();
      return;
    }
    reply.header('access-control-expose-headers', RESPONSE_HEADERS);
    done();
  });
}
