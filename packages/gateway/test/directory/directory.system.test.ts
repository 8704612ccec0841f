import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Grant } from '@thingwright/core';
import { expect } from 'chai';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';

const ADMIN = 'the-admin-token-of-these-tests';
const ID = 'urn:example:pump';

const pump = (change: object = {}) => ({
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  id: ID,
  title: 'Pump',
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  ...change,
});

const open = (options: GatewayOptions = {}) => openGateway({ port: 0, adminToken: ADMIN, ...options });

/** Asks a gateway; gives status and JSON. */
async function ask(
  { url }: Pick<Gateway, 'url'>,
  request: string,
  { token = ADMIN, body }: { readonly token?: string; readonly body?: object } = {},
) {
  const [method = '', path = ''] = request.split(' ');
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/td+json';
  const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': type } : {}) };
  const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await answer.text();
  const value: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: answer.status, body: Object(value), list: Array.isArray(value) ? value : [] };
}

/** Follows the events of a gateway's directory, from one of them on. */
async function follow({ url }: Pick<Gateway, 'url'>, last = '') {
  const leave = new AbortController();
  const headers = { authorization: `Bearer ${ADMIN}`, ...(last === '' ? {} : { 'last-event-id': last }) };
  const { body } = await fetch(`${url}/events`, { headers, signal: leave.signal });
  const chunks = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    text: () => text,
    /** The id of the first event of that type, once it has come. */
    async idOf(type: string): Promise<string> {
      for (;;) {
        const found = new RegExp(`^event: ${type}\\nid: (\\d+)\\ndata: .*\\n\\n`, 'm').exec(text)?.[1];
        if (found !== undefined) return found;
        const { value, done } = (await chunks?.read()) ?? { done: true };
        if (done) throw new Error(`the stream ended after ${text}`);
        text += value;
      }
    },
    [Symbol.dispose]: () => leave.abort(),
  };
}

/** A token of a user with that grant alone. */
async function tokenWith({ people }: Gateway, grant: Grant): Promise<string> {
  const { id } = await people.addUser({ name: `the-${Object.values(grant).join('-')}` });
  await people.grant(id, grant);
  return (await people.issueToken(id)).secret;
}

describe('the directory of a gateway', () => {
  it('says that it is one, in its own description', async () => {
    await using gateway = await open();
    const td = await (await fetch(`${gateway.url}/.well-known/wot`)).json();
    expect(td).to.have.property('@type', 'ThingDirectory');
    expect(td['@context'].slice(0, 2)).to.deep.equal([
      'https://www.w3.org/2022/wot/td/v1.1',
      'https://www.w3.org/2022/wot/discovery',
    ]);
    expect(td.links).to.deep.include({ href: '/things', rel: 'collection', type: 'application/ld+json' });
  });

  it('lists registered Things beside its own, keeps them over a restart, and goes on telling', async () => {
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      let last: string | undefined;
      {
        await using gateway = await open({ data });
        using stream = await follow(gateway);
        expect((await ask(gateway, `PUT /things/${ID}`, { body: pump() })).status).to.equal(201);
        last = await stream.idOf('thing_created');
        await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
        expect((await ask(gateway, `PATCH /things/${ID}`, { body: { title: 'Bilge' } })).status).to.equal(204);
        const { list } = await ask(gateway, 'GET /things');
        expect(list.map(({ title }) => title)).to.include.members(['Bilge', 'Thingwright gateway', 'Battery ems_001']);
        const ids = list.map(({ id }) => id);
        expect(ids).to.deep.equal(ids.toSorted());
      }
      await using gateway = await open({ data });
      expect((await ask(gateway, `GET /things/${ID}`)).body).to.include({ title: 'Bilge' });
      using stream = await follow(gateway, last);
      expect(Number(await stream.idOf('thing_updated'))).to.be.greaterThan(Number(last));
      await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_002' });
      await stream.idOf('thing_created');
      expect(stream.text()).not.to.include('gap');
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it('gives no id of its own Things to others, not even when they are gone', async () => {
    await using gateway = await open();
    const { id } = await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
    const put = async (): Promise<number> => (await ask(gateway, `PUT /things/${id}`, { body: pump({ id }) })).status;
    expect(await put()).to.equal(409);
    expect((await ask(gateway, `DELETE /things/${id}`)).status).to.equal(403);
    await gateway.fleet.remove('ems_001');
    expect(await put()).to.equal(409);
    expect((await ask(gateway, `PUT /things/${gateway.id}`, { body: pump({ id: gateway.id }) })).status).to.equal(409);
  });

  it('shows a viewer of one affordance no other, of its own Things and of registered ones', async () => {
    await using gateway = await open();
    const token = await tokenWith(gateway, { role: 'viewer', organization: 'default', affordance: 'mode' });
    await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
    const forms = [{ href: 'http://192.0.2.1/x' }];
    const body = pump({ properties: { mode: { forms }, pin: { forms } }, actions: { drain: { forms } } });
    expect((await ask(gateway, `PUT /things/${ID}`, { body })).status).to.equal(201);
    const { list } = await ask(gateway, 'GET /things', { token });
    const seen = list.filter(({ title }) => title !== 'Thingwright gateway');
    expect(seen.map(({ properties, actions }) => [Object.keys(properties), actions])).to.deep.equal([
      [['mode'], undefined],
      [['mode'], undefined],
    ]);
    expect(Object.keys((await ask(gateway, `GET /things/${ID}`)).body.properties)).to.deep.equal(['mode', 'pin']);
  });

  it('asks for roles, in the organization', async () => {
    await using gateway = await open();
    const tokenOf = (role: string, organization: string) => tokenWith(gateway, { role, organization });
    const viewer = await tokenOf('viewer', 'acme');
    const operator = await tokenOf('operator', 'acme');
    const stranger = await tokenOf('admin', 'umbrella');
    const put = (token: string) => ask(gateway, `PUT /things/${ID}`, { body: pump(), token });
    expect((await put(viewer)).status).to.equal(403);
    expect((await put(operator)).status).to.equal(201);
    expect((await put(stranger)).status).to.equal(409);
    for (const [token, status] of [
      [viewer, 200],
      [operator, 200],
      [ADMIN, 200],
      [stranger, 404],
      ['nobody', 401],
    ] as const) {
      expect((await ask(gateway, `GET /things/${ID}`, { token })).status).to.equal(status);
      const found = await ask(gateway, 'GET /search/jsonpath?query=$[*].title', { token });
      expect(found.list.includes('Pump')).to.equal(status === 200);
    }
    expect((await ask(gateway, `DELETE /things/${ID}`, { token: viewer })).status).to.equal(403);
    expect((await ask(gateway, `DELETE /things/${ID}`, { token: operator })).status).to.equal(204);
    const audit = await fetch(`${gateway.url}/audit`, { headers: { authorization: `Bearer ${ADMIN}` } });
    const lines = (await audit.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = lines.filter(({ operation }) => /Thing$/.test(operation) && operation !== 'adoptThing');
    expect(told.map(({ operation, result }) => `${operation} ${result}`).toSorted()).to.deep.equal([
      'registerThing conflict',
      'registerThing done',
      'registerThing forbidden',
      'removeThing done',
      'removeThing forbidden',
    ]);
    expect(told.find(({ result }) => result === 'done')).to.include({ thingID: ID, organization: 'acme' });
  });
});
