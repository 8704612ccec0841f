import { ThingError } from '@thingwright/core';
import { type Binding, parseAuthorization } from '@thingwright/listener';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessTokens } from './access-tokens.js';
import type { Attempts } from './attempts.js';

/** Where services get access tokens. */
export const TOKEN_PATH = '/oauth/token';

/** The one scope: what the grants of the service allow. */
const SCOPE = 'things';

/** Bytes; it is read before anybody is known. */
const LONGEST_BODY = 4096;

/** Codes of RFC 6749, section 5.2, and for what it has none those of section 4.1.2.1. */
type OAuthErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'temporarily_unavailable';

/** A refusal in the words of OAuth. */
class OAuthError extends Error {
  override readonly name = 'OAuthError';

  constructor(
    readonly code: OAuthErrorCode,
    detail: string,
    readonly status = 400,
    readonly retryAfter?: number,
  ) {
    super(detail);
  }
}

interface Client {
  readonly id: string;
  readonly secret: string;
}

/**
 * Adds `POST /oauth/token`: the client credentials of a service to an access token (RFC 6749, section 4.4), by Basic or in the body.
 * A `scope` that is asked for is answered with the one there is. `came` is told who was given a token at which address; undefined: nobody.
 */
export const oauthRoutes = (
  tokens: AccessTokens,
  attempts: Attempts,
  came: (principal: string | undefined, address: string) => void,
): Binding => ({
  open(_site, listener) {
    listener.fastify.register((app, _options, done) => {
      app.removeAllContentTypeParsers();
      app.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string', bodyLimit: LONGEST_BODY },
        (_request, body, parsed) => parsed(null, new URLSearchParams(String(body))),
      );
      app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LONGEST_BODY }, (_request, _body, parsed) =>
        parsed(null, undefined),
      );
      app.setErrorHandler((error, _request, reply) => refuse(reply, toOAuthError(error)));

      app.post(TOKEN_PATH, async (request, reply) => {
        const { client, scope } = readRequest(request);
        const address = listener.addressOf(request.raw);
        const issued = await tokens.issue(client.id, client.secret);
        if (!issued) {
          attempts.admit(address);
          attempts.fail(address);
          came(undefined, address);
          throw new OAuthError('invalid_client', 'The client is unknown, or its secret is wrong', 401);
        }
        came(client.id.startsWith('service:') ? client.id : `service:${client.id}`, address);
        reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
        return {
          access_token: issued.token,
          token_type: 'Bearer',
          expires_in: issued.expiresIn,
          ...(scope === undefined ? {} : { scope: SCOPE }),
        };
      });
      done();
    });
  },
});

function readRequest({ body, headers }: FastifyRequest): {
  readonly client: Client;
  readonly scope: string | undefined;
} {
  if (!(body instanceof URLSearchParams)) {
    throw new OAuthError('invalid_request', 'The body has to be application/x-www-form-urlencoded');
  }
  const parameter = (name: string): string | undefined => {
    const [value, ...more] = body.getAll(name);
    if (more.length > 0) throw new OAuthError('invalid_request', `There is more than one ${name}`);
    // Without a value it counts as left out (section 3.2).
    return value === '' ? undefined : value;
  };
  const type = parameter('grant_type');
  if (type === undefined) throw new OAuthError('invalid_request', 'grant_type is missing');
  const scope = parameter('scope');
  const [id, secret] = [parameter('client_id'), parameter('client_secret')];
  if (type !== 'client_credentials')
    throw new OAuthError('unsupported_grant_type', 'Only client_credentials is served');
  const { authorization } = headers;
  if (authorization === undefined) {
    if (id === undefined || secret === undefined)
      throw new OAuthError('invalid_client', 'There are no credentials', 401);
    return { client: { id, secret }, scope };
  }
  if (secret !== undefined) throw new OAuthError('invalid_request', 'The client authenticates in two ways');
  const client = clientOf(authorization);
  if (id !== undefined && id !== client.id)
    throw new OAuthError('invalid_request', 'client_id is another than in Basic');
  return { client, scope };
}

/** Both halves are form-encoded before they are joined (section 2.3.1). */
function clientOf(authorization: string): Client {
  const credentials = parseAuthorization(authorization);
  if (credentials.kind !== 'basic') throw new OAuthError('invalid_client', 'Only Basic is served here', 401);
  const [id, secret] = [credentials.user, credentials.password].map(decodeForm);
  if (id === undefined || secret === undefined)
    throw new OAuthError('invalid_client', 'Basic is not form-encoded', 401);
  return { id, secret };
}

function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function toOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof ThingError && error.code === 'tooMany') {
    return new OAuthError('temporarily_unavailable', error.detail, 429, error.retryAfter);
  }
  if (error instanceof ThingError && error.code === 'unavailable') {
    return new OAuthError('temporarily_unavailable', error.detail, 503, error.retryAfter);
  }
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new OAuthError('invalid_request', 'The request cannot be read', status);
  }
  throw error;
}

function refuse(reply: FastifyReply, { code, message, status, retryAfter }: OAuthError): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Basic realm="thingwright", charset="UTF-8"');
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('pragma', 'no-cache')
    .send({ error: code, error_description: message });
}
