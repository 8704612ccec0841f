import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** An OpenID Connect provider on loopback, as far as verifiers see it. */
export interface LocalIssuer extends AsyncDisposable {
  readonly url: string;
  /** How often its keys were asked for. */
  readonly asked: number;
  /** Whether it answers; if not, with 503. */
  isUp: boolean;
  /** What its discovery document says beside the truth. */
  lies: Readonly<Record<string, unknown>>;
  /** A token of `ada` for `thingwright`, good for 5 minutes, with these claims and this header instead. */
  sign(claims?: JWTPayload, header?: { readonly alg?: string; readonly kid?: string }): Promise<string>;
  /** Has a new key; the one before is gone. */
  rotate(): Promise<void>;
}

/** Opens one. */
export async function openLocalIssuer(): Promise<LocalIssuer> {
  let serial = 0;
  const make = async () => ({ kid: `key ${++serial}`, ...(await generateKeyPair('ES256', { extractable: true })) });
  let key = await make();
  let asked = 0;
  let lies: Readonly<Record<string, unknown>> = {};
  let isUp = true;
  const answer = async ({ url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('content-type', 'application/json');
    if (!isUp) return void response.writeHead(503).end();
    if (url === '/.well-known/openid-configuration') {
      return void response.end(JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys`, ...lies }));
    }
    asked++;
    const jwk = await exportJWK(key.publicKey);
    response.end(JSON.stringify({ keys: [{ ...jwk, kid: key.kid, alg: 'ES256', use: 'sig' }] }));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    url: origin,
    get asked() {
      return asked;
    },
    get isUp() {
      return isUp;
    },
    set isUp(value) {
      isUp = value;
    },
    get lies() {
      return lies;
    },
    set lies(value) {
      lies = value;
    },
    sign(claims = {}, { alg = 'ES256', kid = key.kid } = {}) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: origin, aud: 'thingwright', sub: 'ada', iat: now, exp: now + 300, ...claims })
        .setProtectedHeader({ alg, kid })
        .sign(key.privateKey);
    },
    async rotate() {
      key = await make();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
