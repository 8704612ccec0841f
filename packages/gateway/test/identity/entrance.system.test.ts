import { once } from 'node:events';
import { expect } from 'chai';
import { pino, stdSerializers } from 'pino';
import WebSocket from 'ws';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';
import { openLocalIssuer } from './local-issuer.js';

const ADMIN_TOKEN = 'planted-admin-token-of-the-gateway';
const PASSWORD = 'planted-password-of-ada';

describe('openEntrance', () => {
  const open = async (options: GatewayOptions = {}) => {
    const gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, ...options });
    await gateway.people.addUser({ name: 'ada', password: PASSWORD });
    const grant = await gateway.people.grant('user:ada', { role: 'viewer' });
    return { ...gateway, grant };
  };
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const read = (gateway: Gateway, headers: Readonly<Record<string, string>>) =>
    fetch(`${gateway.url}/things/gateway/properties/version`, { headers });
  const logIn = async (gateway: Gateway): Promise<string> => {
    const answer = await fetch(`${gateway.url}/session`, { method: 'POST', headers: basic('ada', PASSWORD) });
    expect(answer.status).to.equal(200);
    expect(await answer.json()).to.include({ principal: 'user:ada' });
    return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  };
  const socketOf = (gateway: Gateway, headers: Readonly<Record<string, string>>): WebSocket =>
    new WebSocket(`${gateway.url.replace('http', 'ws')}/things/gateway`, 'webthingprotocol', { headers });
  const refusedWith = async (socket: WebSocket): Promise<number> => {
    const [, response] = await once(socket, 'unexpected-response');
    response.destroy();
    return response.statusCode;
  };

  it('logs a user in with a password, and says of nothing that is wrong what it is', async () => {
    await using gateway = await open();
    await gateway.people.addUser({ name: 'eve', password: PASSWORD });
    await gateway.people.setDisabled('user:eve', true);
    const cookie = await logIn(gateway);
    expect((await read(gateway, { cookie })).status).to.equal(200);
    const answers = new Set<string>();
    for (const [user, password] of [
      ['ada', 'wrong'],
      ['nobody', PASSWORD],
      ['eve', PASSWORD],
      ['', ''],
    ] as const) {
      const answer = await fetch(`${gateway.url}/session`, { method: 'POST', headers: basic(user, password) });
      expect(answer.headers.getSetCookie()).to.deep.equal([]);
      answers.add(`${answer.status} ${await answer.text()}`);
    }
    expect([...answers]).to.have.length(1);
    expect([...answers][0]).to.match(/^401 /);
  });

  it('counts guesses from one network of IPv6 together, however many addresses it has', async () => {
    await using gateway = await open({ trustedProxies: ['127.0.0.1'] });
    const guess = async (address: string): Promise<number> =>
      (await read(gateway, { authorization: 'Bearer a-guess', 'x-forwarded-for': address })).status;
    for (let i = 0; i < 20; i++) expect(await guess(`2001:db8:0:1::${i}`)).to.equal(401);
    expect(await guess('2001:db8:0:1:ffff::')).to.equal(429);
    expect(await guess('2001:db8:0:2::1')).to.equal(401);
  });

  const endings: readonly (readonly [string, (gateway: Gateway & { grant: { id: string } }) => Promise<unknown>])[] = [
    ['disabled', ({ people }) => people.setDisabled('user:ada', true)],
    ['removed', ({ people }) => people.remove('user:ada')],
    ['given another password', ({ people }) => people.setPassword('user:ada', 'another long password')],
  ];
  for (const [what, change] of endings) {
    it(`ends the session of a user who is ${what}, and closes the sockets with 1008`, async () => {
      await using gateway = await open();
      const cookie = await logIn(gateway);
      const sockets = [socketOf(gateway, { cookie }), socketOf(gateway, basic('ada', PASSWORD))];
      await Promise.all(sockets.map((socket) => once(socket, 'open')));
      const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
      await change(gateway);
      expect((await closed).map(([code]) => code)).to.deep.equal([1008, 1008]);
      for (const headers of [{ cookie }, basic('ada', PASSWORD)]) {
        expect((await read(gateway, headers)).status).to.equal(401);
      }
    });
  }

  it('counts at once that a role was taken back: sockets close, what comes again is forbidden, the session lasts', async () => {
    await using gateway = await open();
    const cookie = await logIn(gateway);
    const sockets = [socketOf(gateway, { cookie }), socketOf(gateway, basic('ada', PASSWORD))];
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
    await gateway.people.revokeGrant('user:ada', gateway.grant.id);
    expect((await closed).map(([code]) => code)).to.deep.equal([1008, 1008]);
    const without = await read(gateway, { cookie });
    expect(without.status).to.be.oneOf([403, 404]);
    await gateway.people.grant('user:ada', { role: 'viewer' });
    expect((await read(gateway, { cookie })).status).to.equal(200);
  });

  it('takes a cookie from its own pages only, where more than reading is asked for', async () => {
    await using gateway = await open();
    const cookie = await logIn(gateway);
    await gateway.people.grant('user:ada', { role: 'superuser' });
    const { service } = await gateway.people.addService({ name: 'reports' });
    const invoke = async (headers: Readonly<Record<string, string>>) => {
      const answer = await fetch(`${gateway.url}/things/gateway/actions/removeDevice`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ name: service.name }),
      });
      return answer.status;
    };
    // There is no such device: who is known is told so.
    for (const own of [{}, { origin: gateway.url }, { origin: gateway.url, 'sec-fetch-site': 'same-origin' }]) {
      expect(await invoke(own), JSON.stringify(own)).to.equal(404);
    }
    const foreign = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) expect(await invoke(headers), JSON.stringify(headers)).to.be.oneOf([401, 403]);
  });

  it('opens no socket to a foreign page for the sake of a cookie', async () => {
    await using gateway = await open();
    const cookie = await logIn(gateway);
    const own = socketOf(gateway, { cookie, origin: gateway.url });
    await once(own, 'open');
    own.terminate();
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const status = await refusedWith(socketOf(gateway, { cookie, ...headers }));
      expect(status, JSON.stringify(headers)).to.be.oneOf([401, 403]);
    }
  });

  it('lets people of an outside issuer in, to a session too, which ends with their token', async () => {
    await using issuer = await openLocalIssuer();
    const jwt = { issuer: issuer.url, audience: 'thingwright', grantsClaim: 'roles' };
    await using gateway = await open({ jwt });
    const authorization = `Bearer ${await issuer.sign({ roles: ['viewer'] })}`;
    expect((await read(gateway, { authorization })).status).to.equal(200);
    const late = `Bearer ${await issuer.sign({ roles: ['viewer'], exp: Math.floor(Date.now() / 1000) - 8 })}`;
    const opened = await fetch(`${gateway.url}/session`, { method: 'POST', headers: { authorization: late } });
    const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const socket = socketOf(gateway, { cookie });
    await once(socket, 'open');
    const [code] = await once(socket, 'close');
    expect(code).to.equal(1008);
    expect((await read(gateway, { cookie })).status).to.equal(401);
  });

  it('answers 503 while an outside issuer does not tell its keys', async () => {
    await using issuer = await openLocalIssuer();
    await using gateway = await open({ jwt: { issuer: issuer.url, audience: 'thingwright' } });
    issuer.isUp = false;
    expect((await read(gateway, { authorization: `Bearer ${await issuer.sign()}` })).status).to.equal(503);
  });

  it('writes no secret into the log, whatever door it comes through', async () => {
    const lines: string[] = [];
    const log = pino(
      { level: 'trace', serializers: { error: stdSerializers.err } },
      { write: (line) => lines.push(line) },
    );
    await using issuer = await openLocalIssuer();
    const jwt = { issuer: issuer.url, audience: 'thingwright' };
    const secrets = [ADMIN_TOKEN, PASSWORD, 'planted-wrong-token', 'planted-wrong-password', 'planted-new-password'];
    {
      await using gateway = await open({ log, jwt });
      const service = await gateway.people.addService({ name: 'reports' });
      const token = await gateway.people.issueToken('user:ada', { label: 'laptop' });
      const rotated = await gateway.people.rotateToken('user:ada', token.credential.id);
      const next = await gateway.people.rotateSecret('service:reports', { overlap: 1000 });
      const signed = await issuer.sign();
      const device = await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
      secrets.push(service.secret, token.secret, rotated.secret, next.secret, signed, device.token);
      const cookie = await logIn(gateway);
      secrets.push(cookie.split('=')[1] ?? cookie);
      const post = (path: string, init: RequestInit = {}) => fetch(gateway.url + path, { method: 'POST', ...init });
      const ticket: { ticket: string } = await (await post('/ticket', { headers: { cookie } })).json();
      secrets.push(ticket.ticket);
      const form = (secret: string) =>
        new URLSearchParams({ grant_type: 'client_credentials', client_id: 'reports', client_secret: secret });
      const access: { access_token: string } = await (await post('/oauth/token', { body: form(next.secret) })).json();
      secrets.push(access.access_token);
      await post('/oauth/token', { body: form('planted-wrong-token') });
      await post('/session', { headers: basic('ada', 'planted-wrong-password') });
      await gateway.people.checkPassword('user:ada', 'planted-wrong-password');
      for (const shown of [...secrets]) {
        await read(gateway, { authorization: `Bearer ${shown}` });
        await read(gateway, basic('ada', shown));
        await fetch(`${gateway.url}/things?access_token=${encodeURIComponent(shown)}`);
        const bad = socketOf(gateway, { authorization: `Bearer ${shown}!` });
        await refusedWith(bad);
      }
      issuer.isUp = false;
      await read(gateway, { authorization: `Bearer ${await issuer.sign({ jti: 'planted' })}` });
      await gateway.people.setPassword('user:ada', 'planted-new-password');
      await gateway.people.revokeCredential('user:ada', rotated.credential.id);
      await gateway.people.remove('service:reports');
    }
    const written = lines.join('');
    expect(written).to.include('a password was changed').and.include('a credential was revoked');
    for (const secret of secrets) {
      const shapes = [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)];
      for (const shape of shapes) expect(written.includes(shape), secret.slice(0, 12)).to.equal(false);
    }
    expect(written).not.to.match(/argon2id/);
  });
});
