import { once } from 'node:events';
import { expect } from 'chai';
import WebSocket from 'ws';
import { openGateway } from '../../src/index.js';

const ADMIN_TOKEN = 'the-admin-token-of-this-test';
const asAdmin = { authorization: `Bearer ${ADMIN_TOKEN}` };

interface Entry {
  readonly principal: string;
  readonly address?: string;
  readonly thing?: string;
  readonly organization?: string;
  readonly operation: string;
  readonly affordances: readonly string[];
  readonly actionID?: string;
  readonly result: string;
  readonly detail?: string;
  readonly time: string;
}

/** A gateway with a device of each of two organizations. */
async function open() {
  const gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN });
  await gateway.fleet.provision({ kind: 'telemetry', name: 'ours' });
  await gateway.fleet.provision({ kind: 'telemetry', name: 'theirs', organization: 'elsewhere' });
  const { url } = gateway;
  const send = async (method: string, path: string, body: unknown, headers: Record<string, string> = asAdmin) =>
    fetch(url + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const write = (thing: string, value: unknown, headers?: Record<string, string>) =>
    send('PUT', `/things/${thing}/properties/lowBatteryThreshold`, value, headers);
  const lines = async (query = '', headers: Record<string, string> = asAdmin): Promise<readonly Entry[]> => {
    const answer = await fetch(`${url}/audit?order=oldest${query}`, { headers });
    const text = await answer.text();
    expect(answer.status, text).to.equal(200);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
  /** A service with those grants, and how it shows itself. */
  const addService = async (name: string, ...grants: { readonly role: string; readonly organization?: string }[]) => {
    const { service, secret } = await gateway.people.addService({ name });
    for (const grant of grants) await gateway.people.grant(service.id, grant);
    return { authorization: `Bearer ${secret}` };
  };
  return { gateway, url, send, write, lines, addService, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

describe('The audit of a gateway', () => {
  it('says who wrote and invoked what, from where, and what came of it', async () => {
    await using lab = await open();
    await lab.write('ours', 33);
    await lab.write('ours', 'a value that will not do');
    const bot = await lab.addService('bot', { role: 'viewer' });
    await lab.write('ours', 44, bot);
    await lab.send('POST', '/things/ours/actions/resetError', undefined);
    await lab.send('POST', '/things/ours/actions/history', { property: 'state' });
    await fetch(`${lab.url}/things/ours/properties`, { headers: asAdmin });
    const entries = (await lab.lines()).filter(({ operation }) => operation !== 'authenticate');
    expect(entries.map(({ time, detail, ...entry }) => entry)).to.deep.include.members([
      {
        principal: 'user:admin',
        address: '127.0.0.1',
        thing: 'ours',
        thingID: entries[0] && 'thingID' in entries[0] ? entries[0].thingID : '',
        organization: 'default',
        operation: 'writeproperty',
        affordances: ['lowBatteryThreshold'],
        result: 'done',
      },
    ]);
    expect(entries.map(({ principal, result }) => [principal, result])).to.deep.equal([
      ['user:admin', 'done'],
      ['user:admin', 'invalid'],
      ['service:bot', 'forbidden'],
      ['user:admin', 'unavailable'],
    ]);
    expect(entries[2]?.detail).to.include('may not writeproperty');
  });

  it('knows the address behind a socket too', async () => {
    await using lab = await open();
    const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/things/ours`, ['webthingprotocol'], {
      headers: asAdmin,
    });
    await once(socket, 'open');
    const thingID = JSON.parse(await (await fetch(`${lab.url}/things/ours`, { headers: asAdmin })).text()).id;
    const request = { messageType: 'request', operation: 'writeproperty', name: 'lowBatteryThreshold', value: 12 };
    const messageID = '3f2c4fb9-6a53-4b1a-8a34-7d3d6d7f7f11';
    socket.send(JSON.stringify({ ...request, thingID, messageID }));
    await once(socket, 'message');
    socket.terminate();
    const [entry] = await lab.lines('&thing=ours');
    expect(entry).to.include({ operation: 'writeproperty', address: '127.0.0.1', result: 'done' });
  });

  it('says who was let in, now and then, and every time that somebody was not', async () => {
    await using lab = await open();
    const status = async (headers: Record<string, string>) => (await fetch(`${lab.url}/things`, { headers })).status;
    for (let i = 0; i < 3; i++) expect(await status(asAdmin)).to.equal(200);
    for (let i = 0; i < 2; i++) expect(await status({ authorization: 'Bearer planted-secret' })).to.equal(401);
    expect(await status({})).to.equal(401);
    const entries = (await lab.lines()).filter(({ operation }) => operation === 'authenticate');
    expect(entries.map(({ principal, result, address, detail }) => [principal, result, address, detail])).to.deep.equal(
      [
        ['user:admin', 'done', '127.0.0.1', 'bearer'],
        ['anonymous', 'unauthenticated', '127.0.0.1', 'bearer'],
        ['anonymous', 'unauthenticated', '127.0.0.1', 'bearer'],
      ],
    );
  });

  it('is filled by nobody who shows a session that there is not, again and again', async () => {
    await using lab = await open();
    for (let i = 0; i < 40; i++) {
      const answer = await fetch(`${lab.url}/things`, { headers: { cookie: `thingwright_session=${i}` } });
      expect(answer.status).to.equal(401);
    }
    const entries = (await lab.lines()).filter(({ detail }) => detail === 'cookie');
    expect(entries).to.have.length(30);
  });

  it('keeps no more of what somebody makes up than there is room for', async () => {
    await using lab = await open();
    const names = Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(600, '-'));
    await lab.send('PUT', '/things/ours/properties', Object.fromEntries(names.map((name) => [name, 1])));
    const [entry] = await lab.lines('&thing=ours');
    expect(entry?.affordances).to.deep.equal(names.slice(0, 8).map((name) => name.slice(0, 500)));
  });

  it('gives no formula to a spreadsheet', async () => {
    await using lab = await open();
    const formula = '=HYPERLINK(1)';
    await fetch(`${lab.url}/things/ours/actions/resetError/${encodeURIComponent(formula)}`, {
      method: 'DELETE',
      headers: asAdmin,
    });
    const csv = await (await fetch(`${lab.url}/audit?thing=ours&format=csv`, { headers: asAdmin })).text();
    expect(csv).to.include(`,'${formula},`).and.not.include(`,${formula}`);
    expect((await lab.lines('&thing=ours'))[0]?.actionID).to.equal(formula);
  });

  it('says who was given an access token', async () => {
    await using lab = await open();
    const { secret } = await lab.gateway.people.addService({ name: 'bot' });
    for (const shown of [secret, 'planted-secret']) {
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'bot', client_secret: shown });
      await fetch(`${lab.url}/oauth/token`, { method: 'POST', body });
    }
    const entries = (await lab.lines()).filter(({ detail }) => detail === 'client credentials');
    expect(entries.map(({ principal, result, address }) => [principal, result, address])).to.deep.equal([
      ['service:bot', 'done', '127.0.0.1'],
      ['anonymous', 'unauthenticated', '127.0.0.1'],
    ]);
  });

  it('says that devices dialled in, and that somebody claimed to be one', async () => {
    await using lab = await open();
    const { token } = await lab.gateway.fleet.rotate('ours', 0);
    const dial = async (shown: string): Promise<void> => {
      const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/ws/device/ours`, {
        headers: { authorization: `Bearer ${shown}` },
      });
      await once(socket, 'open').catch(() => undefined);
      socket.terminate();
    };
    await dial('planted-secret');
    await dial('planted-secret');
    await dial(token);
    const entries = (await lab.lines()).filter(({ operation, principal }) => {
      return operation === 'authenticate' && principal !== 'user:admin';
    });
    expect(entries.map(({ principal, result }) => [principal, result])).to.deep.equal([
      ['anonymous', 'unauthenticated'],
      ['anonymous', 'unauthenticated'],
      ['device:ours', 'done'],
    ]);
  });

  it('holds nothing that was written, given or shown', async () => {
    await using lab = await open();
    const planted = 'planted-secret';
    const { user } = { user: await lab.gateway.people.addUser({ name: 'ada', password: `${planted}-password` }) };
    await lab.send('POST', '/things/gateway/actions/setPassword', { principal: user.id, password: `${planted}-2` });
    await lab.send('POST', '/things/gateway/actions/setPassword', { principal: planted, password: [planted] });
    await lab.send('POST', '/things/gateway/actions/adoptThing', { url: `http://127.0.0.1:1/?key=${planted}` });
    await lab.send('PUT', '/things/ours/properties', { lowBatteryThreshold: planted });
    const basic = Buffer.from(`ada:${planted}`).toString('base64');
    await fetch(`${lab.url}/things`, { headers: { authorization: `Basic ${basic}` } });
    const text = await (await fetch(`${lab.url}/audit`, { headers: asAdmin })).text();
    expect(text).to.include('setPassword').and.include('adoptThing').and.not.include(planted);
    expect(text).to.not.include(ADMIN_TOKEN);
  });

  it('is for admins, each of whom sees the Things of its organizations', async () => {
    await using lab = await open();
    await lab.write('ours', 1);
    await lab.write('theirs', 2);
    const everything = await lab.addService('auditor', { role: 'admin' });
    const local = await lab.addService('local', { role: 'admin', organization: 'elsewhere' });
    const viewer = await lab.addService('viewer', { role: 'operator' });
    const things = async (headers: Record<string, string>): Promise<readonly (string | undefined)[]> =>
      (await lab.lines('', headers)).map(({ thing }) => thing);
    expect(await things(local)).to.deep.equal(['theirs']);
    expect(await things(everything)).to.include.members(['ours', 'theirs', undefined]);
    for (const headers of [viewer, {}]) {
      const expected = headers === viewer ? 403 : 401;
      expect((await fetch(`${lab.url}/audit`, { headers })).status).to.equal(expected);
    }
    const invoke = (headers: Record<string, string>) =>
      lab.send('POST', '/things/gateway/actions/audit', { order: 'oldest' }, headers);
    const { items }: { items: Entry[] } = JSON.parse(await (await invoke(local)).text());
    expect(items.map(({ thing }) => thing)).to.deep.equal(['theirs']);
    expect((await invoke(viewer)).status).to.equal(403);
  });

  it('is read in pages and narrowed by the action, and whole as CSV', async () => {
    await using lab = await open();
    for (let i = 0; i < 5; i++) await lab.write('ours', i);
    await lab.write('theirs', 1);
    const ask = async (input: object): Promise<{ items: Entry[]; next?: string }> =>
      JSON.parse(await (await lab.send('POST', '/things/gateway/actions/audit', input)).text());
    const first = await ask({ thing: 'ours', limit: 3 });
    const second = await ask({ thing: 'ours', limit: 3, after: first.next });
    expect([first.items.length, second.items.length, second.next]).to.deep.equal([3, 2, undefined]);
    const times = [...first.items, ...second.items].map(({ time }) => time);
    expect(times).to.deep.equal([...times].sort().reverse());
    const from = first.items[1]?.time;
    expect((await ask({ thing: 'ours', from })).items).to.have.length(2);
    expect((await ask({ principal: 'user:nobody' })).items).to.deep.equal([]);
    const csv = await fetch(`${lab.url}/audit?thing=theirs&format=csv`, { headers: asAdmin });
    expect(csv.headers.get('content-type')).to.match(/^text\/csv/);
    const [head, row, end] = (await csv.text()).split('\r\n');
    expect(head).to.match(/^time,principal,address,thing,/);
    expect(row).to.match(
      /,user:admin,127\.0\.0\.1,theirs,urn:uuid:[^,]+,elsewhere,writeproperty,lowBatteryThreshold,,done,$/,
    );
    expect(end).to.equal('');
    for (const odd of ['limit=0', 'order=up', 'after=x', 'who=me', 'format=json']) {
      expect((await fetch(`${lab.url}/audit?${odd}`, { headers: asAdmin })).status, odd).to.equal(400);
    }
  });
});
