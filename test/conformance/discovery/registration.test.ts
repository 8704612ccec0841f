import { expect } from 'chai';
import { expectDateTime, expectProblem } from '../fixture/checks.js';
import { at, isObject } from '../fixture/consumer.js';
import { ADMIN, type Library, openLibrary, PUMP, pump } from '../fixture/directory.js';
import { openStream } from '../fixture/event-stream.js';
import { mediaType } from '../fixture/http.js';

const ADDRESS = `/things/${PUMP}`;
/** Asks until the answer is another one than that: times are of whole milliseconds. */
async function eventually(before: unknown, ask: () => Promise<unknown>): Promise<unknown> {
  for (let i = 0; i < 100; i++) {
    const now = await ask();
    if (now !== before) return now;
  }
  throw new Error(`it stays ${String(before)}`);
}

const DISCOVERY = 'https://www.w3.org/2022/wot/discovery';

describe('WoT Discovery: registration information and validation', () => {
  let library: Library;
  beforeEach(async () => {
    library = await openLibrary();
  });
  afterEach(() => library[Symbol.asyncDispose]());
  const registration = async (): Promise<unknown> => at(await library.read(ADDRESS), 'registration');

  it('tdd-context-injection: enriched TDs have the discovery context, which is not kept', async () => {
    await library.putPump();
    const list = await library.read('/things');
    const all = [await library.read(ADDRESS), ...(Array.isArray(list) ? list : [])];
    expect(all.length).to.be.greaterThan(2);
    for (const td of all) {
      expect(at(td, '@context')).to.be.an('array').that.includes(DISCOVERY);
      expect(at(td, 'registration')).to.be.an('object');
    }
    await library.ask(`PUT ${ADDRESS}`, { json: { ...Object(all[0]), title: 'Bilge' } });
    expect(at(await library.read(ADDRESS), '@context')).to.deep.equal(at(all[0], '@context'));
  });

  it('tdd-absolute-time: all times are date-times of RFC 3339', async () => {
    await library.putPump({ registration: { expires: '2099-01-01T00:00:00+02:00' } });
    const times = await registration();
    expect(times).to.have.all.keys('created', 'modified', 'retrieved', 'expires');
    for (const time of Object.values(Object(times))) expectDateTime(time);
    expect(
      (await library.ask(`PUT ${ADDRESS}`, { json: pump({ registration: { expires: '2099-01-01' } }) })).status,
    ).to.equal(400);
  });

  it('tdd-registrationinfo-vocab-created, tdd-registrationinfo-vocab-modified, tdd-registrationinfo-vocab-retrieved: are what the server says', async () => {
    const given = {
      created: '1999-01-01T00:00:00Z',
      modified: '1999-01-01T00:00:00Z',
      retrieved: '1999-01-01T00:00:00Z',
    };
    await library.putPump({ registration: given });
    const first = await registration();
    for (const time of Object.values(Object(first)))
      expect(Date.now() - Date.parse(String(time))).to.be.within(-1000, 10_000);
    const again = await eventually(at(first, 'retrieved'), async () => at(await registration(), 'retrieved'));
    expect(Date.parse(String(again))).to.be.greaterThan(Date.parse(String(at(first, 'retrieved'))));
    expect(at(await registration(), 'modified')).to.equal(at(first, 'modified'));
    for (const [method, json] of [
      ['PATCH', { title: 'Bilge' }],
      ['PUT', pump()],
    ] as const) {
      const before = at(await registration(), 'modified');
      const modified = await eventually(before, async () => {
        await library.ask(`${method} ${ADDRESS}`, { json });
        return at(await registration(), 'modified');
      });
      expect(Date.parse(String(modified)), method).to.be.greaterThan(Date.parse(String(before)));
    }
    expect(at(await registration(), 'created')).to.equal(at(first, 'created'));
  });

  it('tdd-registrationinfo-vocab-expires: what a client says of it counts only without ttl', async () => {
    await library.putPump({ registration: { ttl: 60, expires: '2099-01-01T00:00:00Z' } });
    const { modified, expires } = Object(await registration());
    expect(Date.parse(expires) - Date.parse(modified)).to.equal(60_000);
    await library.ask(`PUT ${ADDRESS}`, { json: pump({ registration: { expires: '2099-01-01T00:00:00Z' } }) });
    expect(Date.parse(String(at(await registration(), 'expires')))).to.equal(Date.parse('2099-01-01T00:00:00Z'));
  });

  it('tdd-registrationinfo-vocab-ttl: expires is computed from it with each change, an empty one too', async () => {
    await library.putPump({ registration: { ttl: 60 } });
    const before = Object(await registration());
    let after = before;
    for (let i = 0; i < 100 && after.expires === before.expires; i++) {
      expect((await library.ask(`PATCH ${ADDRESS}`, { json: {} })).status).to.equal(204);
      after = Object(await registration());
    }
    expect(Date.parse(after.expires)).to.be.greaterThan(Date.parse(before.expires));
    expect(after.ttl).to.equal(60);
    expect(Date.parse(after.expires) - Date.parse(after.modified)).to.equal(60_000);
    for (const ttl of [-1, 'x', null]) {
      const { status } = await library.ask(`PUT ${ADDRESS}`, { json: pump({ registration: { ttl } }) });
      expect(status).to.equal(400);
    }
  });

  it('tdd-registrationinfo-expiry-purge: what is over is gone, and told to be', async () => {
    await using stream = await openStream(`${library.url}/events/thing_deleted`, { token: ADMIN });
    await library.putPump({ registration: { ttl: 0.05 } });
    while ((await library.ask(`GET ${ADDRESS}`)).status === 200);
    expect((await library.ask(`GET ${ADDRESS}`)).status).to.equal(404);
    // The gateway looks every 10 s.
    const [deleted] = await stream.count(1);
    expect(JSON.parse(deleted?.data ?? '')).to.deep.equal({ id: PUMP });
  }).timeout(20_000);

  it('tdd-validation-syntactic, tdd-validation-jsonschema, tdd-validation-result: TDs are held against the JSON Schema, and all that is wrong is told', async () => {
    const { title: _, ...untitled } = pump({ properties: { level: { forms: [{}] }, flow: { forms: 7 } } });
    const answer = await library.ask(`PUT ${ADDRESS}`, { json: { ...untitled, registration: { ttl: 'x' } } });
    expect(answer.status).to.equal(400);
    const fields = JSON.stringify(at(answer.json(), 'validationErrors'));
    for (const field of ['(root)', 'properties.level.forms.0', 'properties.flow.forms', 'registration.ttl']) {
      expect(fields).to.include(`"field":"${field}"`);
    }
    expect((await library.ask(`GET ${ADDRESS}`)).status).to.equal(404);
    const old = pump({ '@context': 'https://www.w3.org/2019/wot/td/v1', security: ['nosec_sc'] });
    expect((await library.ask(`PUT ${ADDRESS}`, { json: old })).status).to.equal(201);
  });

  it('tdd-validation-response, tdd-validation-response-utf-8: in Problem Details with fields and descriptions, in UTF-8', async () => {
    const json = pump({ properties: { größe: { forms: 7 } } });
    const answer = await library.ask(`PUT ${ADDRESS}`, { json });
    expect(mediaType(answer)).to.equal('application/problem+json');
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(answer.body));
    const errors = at(body, 'validationErrors');
    expect(errors).to.be.an('array').that.is.not.empty;
    for (const error of Array.isArray(errors) ? errors : []) {
      expect(isObject(error) && error.field, 'field').to.be.a('string').that.is.not.empty;
      expect(isObject(error) && error.description, 'description').to.be.a('string').that.is.not.empty;
    }
    expect(JSON.stringify(errors)).to.include('properties.größe.forms');
  });

  it('tdd-http-error-response, tdd-http-error-response-utf-8: every error is Problem Details, in UTF-8', async () => {
    for (const [request, status] of [
      ['GET /things/urn:example:größe', 404],
      ['GET /things?limit=x', 400],
      ['DELETE /things', 405],
      ['GET /events/thing_exploded', 404],
      ['GET /search/jsonpath', 400],
      [`GET /things/${'x'.repeat(300)}:${'y'.repeat(2000)}`, 404],
    ] as const) {
      const answer = await library.ask(encodeURI(request).replace('%20', ' '));
      expect(answer.status, request).to.equal(status);
      expect(mediaType(answer), request).to.equal('application/problem+json');
      const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(answer.body));
      expectProblem(body, status);
    }
    const unnamed = await library.ask('GET /things/urn:example:gr%C3%B6%C3%9Fe');
    expect(unnamed.body.toString()).to.include('größe');
  });
});
