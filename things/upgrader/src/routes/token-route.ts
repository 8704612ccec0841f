import type { Caller } from '@thingwright/core';
import { acceptJsonBodies, type Listener } from '@thingwright/listener';
import type { FastifyInstance } from 'fastify';
import { type Field, readFields } from './fields.js';

/**
 * Gives a token for a user and a password, undefined for wrong ones. Whoever serves the API counts the attempts, which come from that address.
 * Rejects with a ThingError `tooMany` or `unavailable`.
 */
export type SignIn = (user: string, password: string, from: Caller) => Promise<string | undefined>;

const MOST = 1024;

/** A text that is kept as it is. */
const verbatim: Field<string> = (value) => {
  if (typeof value !== 'string' || value.length > MOST) return { fault: 'Not a valid string.' };
  return value === '' ? { fault: 'This field may not be blank.' } : { value };
};

/** Adds `token/`: user and password, as JSON or as a form, for a token. */
export function addTokenRoute(app: FastifyInstance, listener: Listener, signIn: SignIn): void {
  acceptJsonBodies(app);
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body.toString())));
  });
  app.post('/token/', { bodyLimit: 16_384 }, async (request, reply) => {
    const { username = '', password = '' } = readFields(request.body, { username: verbatim, password: verbatim }, [
      'username',
      'password',
    ]);
    const token = await signIn(username, password, { address: listener.addressOf(request.raw) });
    reply.header('cache-control', 'no-store');
    if (token !== undefined) return { token };
    return reply.code(400).send({ non_field_errors: ['Unable to log in with provided credentials.'] });
  });
}
