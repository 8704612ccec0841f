import type { FastifyInstance } from 'fastify';
import type { Origins } from './origins.js';

/**
 * What every answer says to browsers: its type is what it says, it is no page, is shown in none and runs nothing, and where its
 * links lead is told nobody. A route that serves a page sets its own Content-Security-Policy.
 */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

/** The same for answers that are written by hand, each line with its end. */
export const SAFE_LINES = Object.entries(SAFE_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/** What decides about the headers of answers. */
export interface HeaderOptions {
  readonly origins: Pick<Origins, 'originOf'>;
  /** Seconds for which browsers shall come by TLS only (RFC 6797); undefined: they are not told. */
  readonly hsts: number | undefined;
  /** Headers of a request; more are refused with 431. */
  readonly maxHeaderCount: number;
}

/** Has every answer of a Fastify instance carry the safe headers, and refuses requests with too many of their own. */
export function addSafeHeaders(fastify: FastifyInstance, { origins, hsts, maxHeaderCount }: HeaderOptions): void {
  fastify.addHook('onRequest', ({ raw }, reply, done) => {
    reply.headers(SAFE_HEADERS);
    if (hsts !== undefined && origins.originOf(raw).startsWith('https:')) {
      reply.header('strict-transport-security', `max-age=${hsts}`);
    }
    if (raw.rawHeaders.length <= 2 * maxHeaderCount) done();
    else done(Object.assign(new Error(`More than ${maxHeaderCount} headers`), { statusCode: 431 }));
  });
}
