import { type Authentication, ThingError } from '@thingwright/core';
import { type Binding, type Listener, SESSION_COOKIE } from '@thingwright/listener';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sessions } from './sessions.js';
import type { Tickets } from './tickets.js';

/** What sessions are opened by. */
export interface SessionParts {
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  /** Fires when the credential beneath an Authentication is over, and with it what was opened by it. */
  readonly lifetimeOf: (authentication: Authentication) => AbortSignal | undefined;
}

/**
 * Adds `POST /session` (credentials to a cookie), `DELETE /session` (its end) and `POST /ticket` (credentials, or the cookie,
 * to a one-time ticket for a WebSocket). Devices get neither.
 */
export const sessionRoutes = ({ sessions, tickets, lifetimeOf }: SessionParts): Binding => ({
  open(_site, listener) {
    listener.fastify.register((app, _options, done) => {
      ignoreBodies(app);
      addSessions(app, listener, { sessions, lifetimeOf });
      app.post('/ticket', async (request, reply) => {
        checkOrigin(listener, request);
        reply.header('cache-control', 'no-store');
        return tickets.make(await authenticated(listener, request));
      });
      done();
    });
  },
});

/** Bytes; it is read before anybody is asked who they are. */
const MOST_IGNORED = 1024;

/** All that counts is in the headers, so a short body of whatever type is read and forgotten. */
function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MOST_IGNORED }, (_request, _body, done) => done(null));
}

function addSessions(
  app: FastifyInstance,
  listener: Listener,
  { sessions, lifetimeOf }: Pick<SessionParts, 'sessions' | 'lifetimeOf'>,
): void {
  app.post('/session', async (request, reply) => {
    checkOrigin(listener, request);
    if (request.headers.authorization === undefined) {
      throw new ThingError('unauthenticated', 'A session is opened with an Authorization header');
    }
    const authentication = await authenticated(listener, request);
    const { principal } = authentication;
    const { value, end } = sessions.open(principal, lifetimeOf(authentication));
    const lasts = Math.floor((end - Date.now()) / 1000);
    setCookie(reply, `${SESSION_COOKIE}=${value}; Max-Age=${lasts}`, isSecure(listener, request));
    return { principal: principal.id, expires: new Date(end).toISOString() };
  });

  app.delete('/session', async (request, reply) => {
    checkOrigin(listener, request);
    const authentication = await listener.authenticate(request.raw);
    if (authentication) sessions.close(authentication);
    setCookie(reply, `${SESSION_COOKIE}=; Max-Age=0`, isSecure(listener, request));
    return reply.code(204).send();
  });
}

function checkOrigin(listener: Listener, { headers: { origin }, raw }: FastifyRequest): void {
  if (origin === undefined || listener.allowsOrigin(origin, raw)) return;
  throw new ThingError('forbidden', `Pages of ${origin} may not connect`);
}

async function authenticated(listener: Listener, { raw }: FastifyRequest): Promise<Authentication> {
  const authentication = await listener.authenticate(raw);
  if (!authentication) throw new ThingError('unauthenticated', 'Credentials are missing, unknown or wrong');
  if (authentication.principal.kind === 'device') throw new ThingError('forbidden', 'Devices have no sessions');
  return authentication;
}

const isSecure = (listener: Listener, { raw }: FastifyRequest): boolean => listener.originOf(raw).startsWith('https:');

const setCookie = (reply: FastifyReply, cookie: string, secure: boolean): FastifyReply =>
  reply
    .header('cache-control', 'no-store')
    .header('set-cookie', `${cookie}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`);
