import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import WebSocket from 'ws';
import { type GatewayOptions, openGateway } from '../src/index.js';

const ADMIN_TOKEN = 'the-admin-token';
const asAdmin = { authorization: `Bearer ${ADMIN_TOKEN}` };

describe('openGateway', () => {
  const open = (options: GatewayOptions = {}) => openGateway({ port: 0, adminToken: ADMIN_TOKEN, ...options });

  it('shows its own TD, its life and its readiness to everybody, and nothing else', async () => {
    await using gateway = await open();
    for (const path of ['/livez', '/readyz', '/.well-known/wot', '/.well-known/core']) {
      for (const method of ['GET', 'HEAD']) {
        expect((await fetch(gateway.url + path, { method })).status, `${method} ${path}`).to.equal(200);
      }
    }
    for (const path of [
      '/things',
      '/things/gateway',
      '/things/nobody',
      '/things/gateway/properties',
      '/openapi.json',
    ]) {
      const answer = await fetch(gateway.url + path);
      expect(answer.status, path).to.equal(401);
      expect(answer.headers.get('www-authenticate'), path).to.include('Basic').and.include('Bearer');
    }
  });

  it('introduction-core-rd-resource-type-directory: links to its TD in the CoRE Link Format, and to nothing else', async () => {
    await using gateway = await open();
    const answer = await fetch(`${gateway.url}/.well-known/core`);
    expect(answer.headers.get('content-type')).to.match(/^application\/link-format/);
    expect(await answer.text()).to.equal('</.well-known/wot>;rt="wot.directory";ct=432');
  });

  it('has a TD that says who it is, how to be let in and how to provision', async () => {
    await using gateway = await open();
    const answer = await fetch(`${gateway.url}/.well-known/wot`);
    expect(answer.headers.get('content-type')).to.match(/^application\/td\+json/);
    const td: Record<string, unknown> = await answer.json();
    expect(td).to.include({ id: gateway.id, security: 'basic_sc', base: `${gateway.url}/things/gateway/` });
    expect(td.actions).to.include.keys('provisionDevice', 'rotateToken', 'removeDevice', 'adoptThing', 'releaseThing');
    expect(td.securityDefinitions).to.deep.include({
      basic_sc: { scheme: 'basic', in: 'header', name: 'Authorization' },
    });
  });

  it("carries WebThings' links in Thing Descriptions where that is wanted", async () => {
    await using plain = await open();
    await using linked = await open({ webthingsLinks: true });
    const describe = async ({ url }: { readonly url: string }): Promise<object> =>
      (await fetch(`${url}/things/gateway`, { headers: asAdmin })).json();
    expect(await describe(plain)).to.not.have.property('href');
    expect(await describe(linked)).to.have.property('href', '/things/gateway');
  });

  it('lists the events of before a restart', async () => {
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      for (const name of ['ems_001', 'ems_002']) {
        await using gateway = await open({ data });
        await gateway.fleet.provision({ kind: 'telemetry', name });
        const headers = { ...asAdmin, accept: 'application/json' };
        const answer = await fetch(`${gateway.url}/things/gateway/events/deviceAdded`, { headers });
        const list: { readonly deviceAdded: { readonly data: { readonly name: string } } }[] = await answer.json();
        const names = list.map(({ deviceAdded }) => deviceAdded.data.name);
        expect(names).to.deep.equal(name === 'ems_001' ? ['ems_001'] : ['ems_001', 'ems_002']);
      }
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it('lets the admin in with Bearer and with Basic', async () => {
    await using gateway = await open();
    const basic = `Basic ${Buffer.from(`anybody:${ADMIN_TOKEN}`).toString('base64')}`;
    for (const authorization of [asAdmin.authorization, basic]) {
      const answer = await fetch(`${gateway.url}/things/gateway/properties/version`, { headers: { authorization } });
      expect([answer.status, await answer.json()]).to.deep.equal([200, gateway.version]);
    }
  });

  it('answers 429 with Retry-After to an address that guesses', async () => {
    await using gateway = await open({ attempts: { count: 3 } });
    const guess = () => fetch(`${gateway.url}/things`, { headers: { authorization: 'Bearer wrong' } });
    for (let i = 0; i < 3; i++) expect((await guess()).status).to.equal(401);
    const refused = await guess();
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    expect((await fetch(`${gateway.url}/livez`)).status).to.equal(200);
  });

  it('opens a session with a cookie that a page cannot read, and ends it', async () => {
    await using gateway = await open();
    const opened = await fetch(`${gateway.url}/session`, { method: 'POST', headers: asAdmin });
    const [cookie = '', ...attributes] = opened.headers.getSetCookie()[0]?.split('; ') ?? [];
    expect(opened.status).to.equal(200);
    expect(attributes).to.include.members(['HttpOnly', 'SameSite=Strict', 'Path=/']).and.not.include('Secure');
    const status = async () => (await fetch(`${gateway.url}/things`, { headers: { cookie } })).status;
    expect(await status()).to.equal(200);
    const ended = await fetch(`${gateway.url}/session`, { method: 'DELETE', headers: { cookie } });
    expect(ended.status).to.equal(204);
    expect(await status()).to.equal(401);
  });

  it('marks the cookie Secure where it is reached over TLS', async () => {
    await using gateway = await open({ publicUrl: 'https://lab.example' });
    const opened = await fetch(`${gateway.url}/session`, { method: 'POST', headers: asAdmin });
    expect(opened.headers.getSetCookie()[0]).to.include('; Secure');
  });

  it('gives sessions and tickets neither to foreign pages nor to the unknown', async () => {
    await using gateway = await open();
    for (const path of ['/session', '/ticket']) {
      const post = async (headers: Record<string, string>) =>
        (await fetch(gateway.url + path, { method: 'POST', headers })).status;
      expect(await post({ ...asAdmin, origin: 'https://evil.example' }), path).to.equal(403);
      expect(await post({ ...asAdmin, origin: gateway.url }), path).to.equal(200);
      expect(await post({ authorization: 'Bearer wrong' }), path).to.equal(401);
      expect(await post({}), path).to.equal(401);
      expect(await post({ ...asAdmin, 'content-type': 'application/json' }), path).to.equal(200);
    }
  });

  it('reads no large body for a session or a ticket before it knows who sends it', async () => {
    await using gateway = await open();
    for (const path of ['/session', '/ticket']) {
      const answer = await fetch(gateway.url + path, { method: 'POST', body: 'x'.repeat(2000) });
      expect(answer.status, path).to.equal(413);
    }
  });

  it('takes a ticket once for a WebSocket, and a lasting token in a URL never', async () => {
    await using gateway = await open();
    const made = await fetch(`${gateway.url}/ticket`, { method: 'POST', headers: asAdmin });
    const { ticket }: { ticket: string } = await made.json();
    const socket = `${gateway.url.replace('http', 'ws')}/things?access_token=`;
    expect(await handshake(socket + ticket)).to.equal(101);
    expect(await handshake(socket + ticket)).to.equal(401);
    expect(await handshake(socket + ADMIN_TOKEN)).to.equal(401);
  });

  it('makes an admin token in its data folder once, and tells it is new', async () => {
    await using folder = await temporaryFolder();
    const first = await openGateway({ port: 0, data: folder.path });
    expect(first.adminTokenIsNew).to.equal(true);
    const file = join(folder.path, 'admin-token');
    expect((await readFile(file, 'utf8')).trim()).to.equal(first.adminToken);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    await first[Symbol.asyncDispose]();
    await using second = await openGateway({ port: 0, data: folder.path });
    expect(second).to.include({ adminToken: first.adminToken, adminTokenIsNew: false, id: first.id });
  });

  it('leaves nothing open when its port is taken', async () => {
    await using folder = await temporaryFolder();
    await using first = await open();
    const port = Number(new URL(first.url).port);
    const error = await openGateway({ port, data: folder.path }).catch((e: unknown) => e);
    expect(error)
      .to.include({ name: 'ThingError', code: 'unavailable' })
      .and.have.property('message')
      .that.includes(port);
    await using _second = await openGateway({ port: 0, data: folder.path });
  });

  it('can be disposed twice, and is closed by its signal', async () => {
    const closing = new AbortController();
    const gateway = await open({ signal: closing.signal });
    closing.abort();
    await gateway[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    const error = await fetch(`${gateway.url}/livez`).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(TypeError);
  });
});

/** The status that a WebSocket's handshake is answered with. */
function handshake(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'webthingprotocol');
    socket.once('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}

async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'thingwright-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
