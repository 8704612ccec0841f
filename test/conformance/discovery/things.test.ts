import { expect } from 'chai';
import { expectUuid } from '../fixture/checks.js';
import { at } from '../fixture/consumer.js';
import { anonymous, type Library, openLibrary, PUMP, pump } from '../fixture/directory.js';
import { mediaType } from '../fixture/http.js';

const ADDRESS = `/things/${PUMP}`;
const UPDATED = { title: 'Bilge', properties: { level: { forms: [{ href: 'http://192.0.2.1/level' }] } } };

describe('WoT Discovery: Things of a directory', () => {
  let library: Library;
  beforeEach(async () => {
    library = await openLibrary();
  });
  afterEach(() => library[Symbol.asyncDispose]());
  const ask: Library['ask'] = (...args) => library.ask(...args);
  const create = async (): Promise<string> => {
    const { status, headers } = await ask('POST /things', { json: anonymous() });
    expect(status).to.equal(201);
    return headers.location ?? '';
  };

  it('tdd-things-crudl: all five operations work', async () => {
    expect((await ask(`PUT ${ADDRESS}`, { json: pump() })).status).to.equal(201);
    expect((await ask(`GET ${ADDRESS}`)).status).to.equal(200);
    expect((await ask(`PUT ${ADDRESS}`, { json: pump() })).status).to.equal(204);
    expect((await ask(`PATCH ${ADDRESS}`, { json: {} })).status).to.equal(204);
    expect((await ask('GET /things')).status).to.equal(200);
    expect((await ask(`DELETE ${ADDRESS}`)).status).to.equal(204);
  });

  it('tdd-things-create-known-vs-anonymous: a TD with an id is not posted, one without is not put', async () => {
    for (const [request, json] of [
      ['POST /things', pump()],
      [`PUT ${ADDRESS}`, anonymous()],
    ] as const) {
      expect((await ask(request, { json })).status, request).to.equal(400);
    }
    expect((await ask('PUT /things', { json: anonymous() })).status).to.equal(405);
  });

  it('tdd-things-create-known-td: is put at its id, as it is or encoded', async () => {
    for (const id of [PUMP, 'https://example.com/pump?x=1#y']) {
      const path = `/things/${encodeURIComponent(id)}`;
      expect((await ask(`PUT ${path}`, { json: pump({ id }) })).status).to.equal(201);
      expect(at(await library.read(path), 'id')).to.equal(id);
    }
    expect(at(await library.read(ADDRESS), 'id')).to.equal(PUMP);
    expect((await ask('PUT /things/urn:example:other', { json: pump() })).status).to.equal(400);
  });

  it('tdd-things-create-known-td-resp, tdd-things-update-resp: 201 for a new TD, 204 for another in its place', async () => {
    expect((await ask(`PUT ${ADDRESS}`, { json: pump() })).status).to.equal(201);
    const { status, body } = await ask(`PUT ${ADDRESS}`, { json: pump() });
    expect([status, body.length]).to.deep.equal([204, 0]);
  });

  it('tdd-things-create-anonymous-td, tdd-things-create-anonymous-id, tdd-things-create-anonymous-td-resp: is posted, gets an id of its own, and Location leads to it', async () => {
    const [first, second] = [await create(), await create()];
    expect(first).not.to.equal(second);
    for (const location of [first, second]) {
      const url = new URL(location, `${library.url}/things`);
      const td = await library.read(url.pathname);
      expect(td).to.include({ title: 'Pump', id: decodeURIComponent(url.pathname.replace('/things/', '')) });
    }
  });

  it('tdd-anonymous-td-identifier: an anonymous TD shows its id when it is read, listed and found', async () => {
    const location = await create();
    const id = location.replace('/things/', '');
    expect(at(await library.read(location), 'id')).to.equal(id);
    expect(JSON.stringify(await library.read('/things'))).to.include(`"id":"${id}"`);
    expect((await ask(`GET /search/jsonpath?query=$[?(@.id=='${id}')].title`)).json()).to.deep.equal(['Pump']);
  });

  it('tdd-anonymous-td-local-uuid: that id is a UUID of version 4 as a URN', async () => {
    const id = (await create()).replace('/things/', '');
    expect(id.startsWith('urn:uuid:')).to.equal(true);
    expectUuid(id.slice('urn:uuid:'.length));
  });

  it('tdd-things-retrieve, tdd-things-retrieve-resp, tdd-things-retrieve-resp-content-type: GET gives the TD', async () => {
    await library.putPump();
    const answer = await ask(`GET ${ADDRESS}`);
    expect([answer.status, mediaType(answer)]).to.deep.equal([200, 'application/td+json']);
    expect(answer.json()).to.include({ id: PUMP, title: 'Pump' });
    expect((await ask('GET /things/urn:example:nobody')).status).to.equal(404);
  });

  it('tdd-things-default-representation: is JSON where nothing else is asked for', async () => {
    await library.putPump();
    for (const path of [ADDRESS, '/things']) {
      const answer = await ask(`GET ${path}`);
      expect(mediaType(answer)).to.match(/^application\/(td|ld)\+json$/);
      expect(answer.json()).to.be.an(path === ADDRESS ? 'object' : 'array');
    }
  });

  it('tdd-things-update: PUT replaces the whole TD', async () => {
    await library.putPump({ description: 'old' });
    await ask(`PUT ${ADDRESS}`, { json: pump(UPDATED) });
    const td = await library.read(ADDRESS);
    expect(td).to.deep.include(UPDATED);
    expect(td).not.to.have.property('description');
  });

  it('tdd-things-update-partial, tdd-things-update-partial-mergepatch, tdd-things-update-partial-resp: PATCH merges, as RFC 7396 says', async () => {
    await library.putPump({ description: 'old', ...UPDATED, tag: { a: 1, b: [1, 2] } });
    const patch = { title: 'Deep well', description: null, tag: { b: [3], c: { d: 1 } } };
    const { status, body } = await ask(`PATCH ${ADDRESS}`, { json: patch });
    expect([status, body.length]).to.deep.equal([204, 0]);
    const td = await library.read(ADDRESS);
    expect(td).to.deep.include({
      title: 'Deep well',
      tag: { a: 1, b: [3], c: { d: 1 } },
      properties: UPDATED.properties,
    });
    expect(td).not.to.have.property('description');
  });

  it('tdd-things-update-partial-partialtd: what comes of a patch has to be a TD, and the same one', async () => {
    await library.putPump();
    for (const json of [{ title: null }, { id: 'urn:example:other' }, { properties: { level: { forms: 7 } } }]) {
      expect((await ask(`PATCH ${ADDRESS}`, { json })).status).to.equal(400);
    }
    const headers = { 'content-type': 'application/td+json' };
    expect((await ask(`PATCH ${ADDRESS}`, { json: { title: 'x' }, headers })).status).to.equal(415);
    expect(await library.read(ADDRESS)).to.include({ title: 'Pump' });
  });

  it('tdd-things-delete, tdd-things-delete-resp: DELETE ends a registration', async () => {
    await library.putPump();
    const { status, body } = await ask(`DELETE ${ADDRESS}`);
    expect([status, body.length]).to.deep.equal([204, 0]);
    expect((await ask(`GET ${ADDRESS}`)).status).to.equal(404);
    expect((await ask(`DELETE ${ADDRESS}`)).status).to.equal(404);
  });

  it('tdd-things-read-only-auth: only those change something who may', async () => {
    await library.putPump();
    const { people } = library.gateway;
    const { id } = await people.addUser({ name: 'vic' });
    await people.grant(id, { role: 'viewer' });
    const { secret } = await people.issueToken(id);
    for (const [token, status] of [
      [secret, 403],
      [null, 401],
    ] as const) {
      for (const [request, json] of [
        ['POST /things', anonymous()],
        [`PUT ${ADDRESS}`, pump({ title: 'Stolen' })],
        [`PATCH ${ADDRESS}`, { title: 'Stolen' }],
        [`DELETE ${ADDRESS}`, undefined],
      ] as const) {
        const asking = { token, ...(json ? { json } : {}) };
        expect((await ask(request, asking)).status, request).to.equal(status);
      }
    }
    expect((await ask(`GET ${ADDRESS}`, { token: secret })).json()).to.include({ title: 'Pump' });
  });

  it('priv-loc-priv-dir-access: nobody lists, reads or follows it without credentials', async () => {
    await library.putPump();
    for (const path of ['/things', ADDRESS, '/events', '/search/jsonpath?query=$']) {
      const { status, body } = await ask(`GET ${path}`, { token: null });
      expect([status, body.includes('Pump')], path).to.deep.equal([401, false]);
    }
  });
});
