import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { SUBPROTOCOL } from '@thingwright/web-thing-protocol';
import { WebSocket } from 'ws';
import type { LocalIssuer } from '../../packages/gateway/test/identity/local-issuer.js';
import { ask } from './gateway-requests.js';
import type { PlantedSecrets } from './planted-secrets.js';
import type { World } from './world.js';

/** What comes in by all doors is planted in the log, if it were written there. */
export async function tryAllCredentials(
  { gateway: { url }, token, tally }: Pick<World, 'gateway' | 'token' | 'tally'>,
  { secrets, issuer }: { readonly secrets: PlantedSecrets; readonly issuer: LocalIssuer },
): Promise<void> {
  const admin = `Bearer ${token}`;
  const name = `ada-${randomUUID().slice(0, 8)}`;
  const password = `of-${randomUUID()}`;
  const act = async (action: string, body: object) => {
    const answer = await ask(`${url}/things/gateway/actions/${action}`, { method: 'POST', authorization: admin, body });
    if (answer.status >= 300) tally.violate(`${action}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const knock = async (what: string, authorization: string, expected: number): Promise<void> => {
    const { status } = await ask(`${url}/things`, { authorization });
    if (status !== expected) tally.violate(`${what}: ${status} in place of ${expected}`);
  };
  await act('addUser', { name, password });
  await act('grant', { principal: `user:${name}`, role: 'viewer' });
  const basic = secrets.plantBasic(name, password);
  await knock('a password', basic, 200);
  await knock('a wrong password', secrets.plantBasic(name, `wrong-${randomUUID()}`), 401);
  const { secret: userToken } = await act('issueToken', { principal: `user:${name}` });
  await knock('the token of a user', `Bearer ${secrets.plant('user token', String(userToken))}`, 200);

  const service = `service-of-${name}`;
  const { secret } = await act('addService', { name: service });
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: service,
    client_secret: String(secret),
  });
  const granted = await fetch(`${url}/oauth/token`, { method: 'POST', body: form });
  const access: { access_token?: string } = await granted.json();
  secrets.plant('service secret', String(secret));
  await knock('an access token', `Bearer ${secrets.plant('access token', String(access.access_token))}`, 200);

  const jwt = secrets.plantEnd('JSON Web Token', await issuer.sign({ sub: name }));
  const { status: byIssuer } = await ask(`${url}/things`, { authorization: `Bearer ${jwt}` });
  if (byIssuer >= 500) tally.violate(`a token of the issuer: ${byIssuer}`);
  await knock(
    'a signed token for another',
    `Bearer ${secrets.plantEnd('JSON Web Token', await issuer.sign({ aud: 'x' }))}`,
    401,
  );

  const session = await fetch(`${url}/session`, { method: 'POST', headers: { authorization: basic } });
  const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  secrets.plant('session', cookie.split('=')[1] ?? '');
  if ((await fetch(`${url}/things`, { headers: { cookie } })).status !== 200) tally.violate('a cookie is refused');

  const { body } = await ask(`${url}/ticket`, { method: 'POST', authorization: basic });
  const ticket = secrets.plant('ticket', String(body.ticket));
  // The second time it is used up, and refused.
  for (const event of ['open', 'error']) {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/things?access_token=${ticket}`, SUBPROTOCOL);
    const outcome = await Promise.race([
      once(socket, 'open').then(() => 'open'),
      new Promise<string>((resolve) => socket.once('error', () => resolve('error'))),
    ]);
    if (outcome !== event) tally.violate(`a ticket leads to '${outcome}' in place of '${event}'`);
    socket.on('error', () => undefined);
    socket.terminate();
  }
}
