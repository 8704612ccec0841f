import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { firstValueFrom, Subject } from 'rxjs';
import { type DirectoryAccess, OPEN_ACCESS } from '../src/access.js';
import type { RecordDirectory } from '../src/recorded-desk.js';
import { createRecordsInMemory, type DirectoryRecords } from '../src/records.js';
import { access, anonymous, as, authenticate, LAMP_ID, lamp, openLibrary, pump } from './library.js';

const PUMP = '/things/urn:example:pump';
const UUID_URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('registrations over HTTP', () => {
  it('are there once they are put, and enriched', async () => {
    await using library = await openLibrary();
    const created = await library.ask('PUT', PUMP, { body: pump({ tag: 'x' }) });
    expect([created.status, created.text]).to.deep.equal([201, '']);
    const { status, headers, body } = await library.ask('GET', PUMP);
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/td+json');
    const { registration, ...td } = body;
    expect(td).to.deep.equal({
      ...pump({ tag: 'x' }),
      '@context': ['https://www.w3.org/2022/wot/td/v1.1', 'https://www.w3.org/2022/wot/discovery'],
    });
    expect(registration).to.have.all.keys('created', 'modified', 'retrieved');
    for (const time of Object.values(Object(registration))) expect(time).to.match(DATE_TIME);
  });

  it('are replaced as a whole, but for when they were created', async () => {
    let now = Date.parse('2026-03-04T06:00:00Z');
    await using library = await openLibrary({ now: () => now });
    await library.ask('PUT', PUMP, { body: pump({ tag: 'x' }) });
    now += 5000;
    expect((await library.ask('PUT', PUMP, { body: pump({ title: 'Bilge' }) })).status).to.equal(204);
    now += 5000;
    const { body } = await library.ask('GET', PUMP);
    expect(body).to.include({ title: 'Bilge' }).and.not.to.have.property('tag');
    expect(body.registration).to.deep.equal({
      created: '2026-03-04T06:00:00.000Z',
      modified: '2026-03-04T06:00:05.000Z',
      retrieved: '2026-03-04T06:00:10.000Z',
    });
  });

  it('of anonymous TDs get an id, that is shown wherever they are', async () => {
    await using library = await openLibrary();
    const ids = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await library.ask('POST', '/things', { body: anonymous() });
      expect(status).to.equal(201);
      const location = headers.get('location') ?? '';
      const id = location.replace('/things/', '');
      expect(id).to.match(UUID_URN);
      ids.add(id);
      for (const path of [
        location,
        `/things/${library.url}${location}`,
        `/things/${encodeURIComponent(library.url + location)}`,
      ]) {
        expect((await library.ask('GET', path)).body, path).to.include({ id, title: 'Pump' });
      }
      const { list } = await library.ask('GET', '/things');
      expect(list.map((td) => td.id)).to.include(id);
    }
    expect(ids.size).to.equal(2);
  });

  it('are posted without an id and put with the one of their address', async () => {
    await using library = await openLibrary();
    for (const [method, path, body] of [
      ['POST', '/things', pump()],
      ['PUT', PUMP, anonymous()],
      ['PUT', '/things/urn:example:other', pump()],
      ['PUT', '/things/urn:example:other', pump({ id: 'nothing absolute' })],
    ] as const) {
      const answer = await library.ask(method, path, { body });
      expect([answer.status, answer.body.status], `${method} ${path}`).to.deep.equal([400, 400]);
      expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    }
    expect((await library.ask('PUT', '/things', { body: anonymous() })).status).to.equal(405);
    expect((await library.ask('GET', '/things')).list).to.have.length(1);
  });

  it('have ids with any character of a URI, encoded or not', async () => {
    await using library = await openLibrary();
    for (const id of [
      'https://example.com/a/b?c=d&e#f',
      'urn:example:50%25',
      'tag:example,2026:x',
      'urn:x:%F0%9F%98%80',
      'URN:X:y~!$()*',
    ]) {
      const path = `/things/${encodeURIComponent(id)}`;
      expect((await library.ask('PUT', path, { body: pump({ id }) })).status, id).to.equal(201);
      expect((await library.ask('GET', path)).body, id).to.include({ id });
    }
    expect((await library.ask('GET', '/things/https://example.com/a/b%3Fc=d&e%23f')).status).to.equal(200);
    const long = `urn:example:${'x'.repeat(1100)}`;
    expect((await library.ask('PUT', `/things/${long}`, { body: pump({ id: long }) })).status).to.equal(400);
  });

  it('are patched, and checked as a whole afterwards', async () => {
    await using library = await openLibrary();
    const form = (href: string) => ({ href, op: 'readproperty' });
    const level = { type: 'integer', forms: [form('http://192.0.2.1/level')] };
    await library.ask('PUT', PUMP, { body: pump({ description: 'old', properties: { level } }) });
    const patch = {
      title: 'Bilge',
      description: null,
      properties: { level: { unit: 'cm', forms: [form('http://192.0.2.2/level')] }, flow: level },
      registration: { created: '1970-01-01T00:00:00Z' },
    };
    expect((await library.ask('PATCH', PUMP, { body: patch })).status).to.equal(204);
    const before = (await library.ask('GET', PUMP)).body;
    expect(before).to.deep.include({
      title: 'Bilge',
      properties: { level: { type: 'integer', unit: 'cm', forms: [form('http://192.0.2.2/level')] }, flow: level },
    });
    expect(before).not.to.have.property('description');
    expect(before.registration).not.to.include({ created: '1970-01-01T00:00:00Z' });
    for (const bad of [
      { title: null },
      { id: 'urn:example:other' },
      { id: null },
      { registration: { ttl: -1 } },
      [],
      7,
    ]) {
      expect((await library.ask('PATCH', PUMP, { body: bad })).status, JSON.stringify(bad)).to.equal(400);
    }
    const { registration: _, ...after } = (await library.ask('GET', PUMP)).body;
    expect(before).to.deep.include(after);
    for (const type of ['application/td+json', 'application/json', 'text/plain']) {
      expect((await library.ask('PATCH', PUMP, { body: {}, type })).status, type).to.equal(415);
    }
    expect((await library.ask('PUT', PUMP, { body: pump(), type: 'application/merge-patch+json' })).status).to.equal(
      415,
    );
    expect((await library.ask('PATCH', '/things/urn:example:nobody', { body: {} })).status).to.equal(404);
  });

  it('that are anonymous stay so when they are patched', async () => {
    await using library = await openLibrary();
    const { headers } = await library.ask('POST', '/things', { body: anonymous() });
    const location = headers.get('location') ?? '';
    expect((await library.ask('PATCH', location, { body: { title: 'Bilge' } })).status).to.equal(204);
    expect((await library.ask('GET', location)).body).to.include({
      title: 'Bilge',
      id: location.replace('/things/', ''),
    });
  });

  it('are removed', async () => {
    await using library = await openLibrary();
    await library.ask('PUT', PUMP, { body: pump() });
    expect((await library.ask('DELETE', PUMP)).status).to.equal(204);
    for (const method of ['GET', 'DELETE']) {
      const answer = await library.ask(method, PUMP);
      expect([answer.status, answer.body.title], method).to.deep.equal([404, 'Not Found']);
    }
  });

  it('tell what is wrong with a TD, all of it', async () => {
    await using library = await openLibrary();
    const { title: _, ...untitled } = pump({ properties: { größe: { forms: 7 } }, registration: { ttl: 'x' } });
    const { status, headers, body } = await library.ask('PUT', PUMP, { body: untitled });
    expect(status).to.equal(400);
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(body).to.include({ status: 400, title: 'Bad Request' }).and.not.to.have.property('type');
    const errors = body.validationErrors;
    expect(errors).to.deep.include({ field: '(root)', description: "must have required property 'title'" });
    expect(errors).to.deep.include({ field: 'properties.größe.forms', description: 'must be array' });
    expect(JSON.stringify(errors)).to.include('registration.ttl');
    for (const text of ['7', 'null', '[]', '"x"']) {
      const answer = await library.ask('PUT', PUMP, { body: text });
      expect([answer.status, answer.body.validationErrors], text).to.deep.equal([
        400,
        [{ field: '(root)', description: 'must be object' }],
      ]);
    }
    for (const text of ['', '{', '{"__proto__": {}}', '\u0000']) {
      expect((await library.ask('PUT', PUMP, { body: text })).status, text).to.equal(400);
    }
  });

  it('take TDs with the context of TD 1.0', async () => {
    await using library = await openLibrary();
    const body = pump({ '@context': 'https://www.w3.org/2019/wot/td/v1', security: ['nosec_sc'] });
    expect((await library.ask('PUT', PUMP, { body })).status).to.equal(201);
    expect((await library.ask('GET', PUMP)).body['@context']).to.deep.equal([
      'https://www.w3.org/2019/wot/td/v1',
      'https://www.w3.org/2022/wot/discovery',
    ]);
  });

  it('keep to their bounds', async () => {
    const records = createRecordsInMemory();
    const limits = { registrations: 2, description: { bytes: 2000, depth: 6, values: 100 } };
    await using library = await openLibrary({ records, limits });
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
    for (const [what, change] of [
      ['bytes', { description: 'x'.repeat(3000) }],
      ['depth', { deep: nested(7) }],
      ['values', { many: Array.from({ length: 100 }, () => 1) }],
    ] as const) {
      expect((await library.ask('PUT', PUMP, { body: pump(change) })).status, what).to.equal(413);
    }
    for (const [i, status] of [201, 201, 413].entries()) {
      const id = `urn:example:${i}`;
      expect((await library.ask('PUT', `/things/${id}`, { body: pump({ id }) })).status).to.equal(status);
    }
    expect(
      (await library.ask('PUT', '/things/urn:example:1', { body: pump({ id: 'urn:example:1' }) })).status,
    ).to.equal(204);
    await library.ask('DELETE', '/things/urn:example:1');
    expect((await library.ask('POST', '/things', { body: anonymous() })).status).to.equal(201);
  });

  it('make room for others when they are replaced by less, are removed, or are over', async () => {
    let now = Date.parse('2026-03-04T06:00:00Z');
    const limits = { registrations: 2, bytes: 4000 };
    await using library = await openLibrary({ limits, now: () => now, sweepInterval: 1_000_000 });
    const put = async (name: string, change: object = {}): Promise<number> => {
      const id = `urn:example:${name}`;
      return (await library.ask('PUT', `/things/${id}`, { body: pump({ id, ...change }) })).status;
    };
    const long = { description: 'x'.repeat(2500) };
    expect(await put('a', long)).to.equal(201);
    for (let i = 0; i < 3; i++) expect(await put('a', long)).to.equal(204);
    expect(await put('b', long)).to.equal(413);
    expect(await put('a')).to.equal(204);
    expect(await put('b', { ...long, registration: { ttl: 60 } })).to.equal(201);
    expect(await put('c')).to.equal(413);
    now += 60_000;
    expect(await put('c', long)).to.equal(201);
    await library.ask('DELETE', '/things/urn:example:c');
    expect(await put('d', long)).to.equal(201);
  });

  it('come in pieces as well, up to what a body may have', async () => {
    await using library = await openLibrary();
    const put = async (description: string): Promise<number> => {
      const text = JSON.stringify(pump({ description }));
      const pieces = text.match(/.{1,9999}/g) ?? [];
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = pieces.shift();
          if (piece === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      });
      const headers = { 'content-type': 'application/td+json' };
      const sending: RequestInit & { readonly duplex: 'half' } = { method: 'PUT', headers, body, duplex: 'half' };
      return (await fetch(library.url + PUMP, sending)).status;
    };
    expect(await put('x'.repeat(100_000))).to.equal(201);
    expect(await put('x'.repeat(600_000))).to.equal(413);
    expect(await put('x'.repeat(1_100_000)).catch(() => 413)).to.equal(413);
    expect((await library.ask('GET', PUMP)).text.length).to.be.within(100_000, 101_000);
  });

  it('are created once, however many put them at the same time', async () => {
    await using library = await openLibrary();
    const all = Array.from({ length: 20 }, (_, i) => library.ask('PUT', PUMP, { body: pump({ title: `Pump ${i}` }) }));
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([201, ...Array.from({ length: 19 }, () => 204)]);
  });

  it('are taken or refused, whatever is put in their place or patched', async () => {
    await using library = await openLibrary();
    const members = [
      'title',
      'id',
      'base',
      'forms',
      'links',
      'properties',
      'registration',
      'security',
      '@context',
      'x',
    ];
    const change = fc.dictionary(fc.constantFrom(...members), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(change, fc.constantFrom('PUT', 'PATCH'), async (given, method) => {
        const { status } = await library.ask(method, PUMP, {
          body: method === 'PUT' ? { ...pump(), ...given } : given,
        });
        expect([201, 204, 400, 404]).to.include(status);
        if (status < 300) expect((await library.ask('GET', PUMP)).body).to.include({ id: 'urn:example:pump' });
      }),
      { numRuns: 150 },
    );
  }).timeout(30_000);

  it('do not lead to the directory itself, nor to what runs in a browser', async () => {
    const interfaces = () => ({ eth0: [{ address: '192.0.2.5', family: 'IPv4' as const }] });
    await using library = await openLibrary({ interfaces });
    const { port } = new URL(library.url);
    const form = (href: string) => ({ actions: { go: { forms: [{ href }] } } });
    for (const change of [
      form(`${library.url}/things/lamp/actions/x`),
      form(`ws://localhost:${port}/things`),
      form(`http://192.0.2.5:${port}/things`),
      form('/things/lamp'),
      { forms: [{ href: `${library.url}/things/lamp/properties`, op: 'readallproperties' }] },
      form('http:/things/lamp/actions/x'),
      form('HTTP:things/lamp/actions/x'),
      { base: 'http:/things/', ...form('x') },
      form('javascript:alert(1)'),
      form(' java\nscript:alert(1)'),
      { base: `${library.url}/`, ...form('x') },
      { links: [{ href: 'JavaScript:alert(1)', rel: 'manual' }] },
      { links: [{ href: 'manual' }] },
      { links: [{ href: 'http://192.0.2.1/', anchor: 'javascript:alert(1)' }] },
      { support: 'data:text/html,x' },
      { securityDefinitions: { nosec_sc: { scheme: 'oauth2', flow: 'client', token: `${library.url}/oauth/token` } } },
    ]) {
      const { status, body } = await library.ask('PUT', PUMP, { body: pump(change) });
      expect([status, Array.isArray(body.validationErrors)], JSON.stringify(change)).to.deep.equal([400, true]);
    }
    const good = {
      base: 'coap://192.0.2.1/',
      ...form('go'),
      links: [{ href: `${library.url}/things/lamp`, rel: 'controlledBy' }, { href: 'mailto:ada@example.com' }],
    };
    expect((await library.ask('PUT', PUMP, { body: pump(good) })).status).to.equal(201);
  });
});

describe('registrations that end', () => {
  it('do so when they say, and again later with every change where they say how long', async () => {
    let now = Date.parse('2026-03-04T06:00:00Z');
    await using library = await openLibrary({ now: () => now });
    const registration = { ttl: 60, expires: '2099-01-01T00:00:00Z' };
    await library.ask('PUT', PUMP, { body: pump({ registration }) });
    expect((await library.ask('GET', PUMP)).body.registration).to.include({
      ttl: 60,
      expires: '2026-03-04T06:01:00.000Z',
    });
    now += 59_000;
    expect((await library.ask('PATCH', PUMP, { body: {} })).status).to.equal(204);
    expect((await library.ask('GET', PUMP)).body.registration).to.include({
      ttl: 60,
      expires: '2026-03-04T06:01:59.000Z',
    });
    now += 59_999;
    expect((await library.ask('GET', PUMP)).status).to.equal(200);
    now += 1;
    expect((await library.ask('GET', PUMP)).status).to.equal(404);
    expect((await library.ask('PATCH', PUMP, { body: {} })).status).to.equal(404);
    expect((await library.ask('GET', '/things')).list).to.have.length(1);
    const over = { ttl: 60, expires: '2026-03-04T05:00:00Z' };
    expect((await library.ask('PUT', PUMP, { body: pump({ registration: over }) })).status).to.equal(201);
    await library.ask('DELETE', PUMP);
    const fixed = { expires: '2026-03-05T00:00:00+02:00' };
    expect((await library.ask('PUT', PUMP, { body: pump({ registration: fixed }) })).status).to.equal(201);
    expect((await library.ask('GET', PUMP)).body.registration)
      .to.include({ expires: '2026-03-04T22:00:00.000Z' })
      .and.not.to.have.property('ttl');
  });

  it('say so in a way that makes sense', async () => {
    await using library = await openLibrary();
    for (const registration of [
      { ttl: 0 },
      { ttl: -1 },
      { ttl: '60' },
      { ttl: 1e300 },
      { expires: 'tomorrow' },
      { expires: '2099-01-01T00:00:00' },
      { expires: '2001-01-01T00:00:00Z' },
      'soon',
    ]) {
      const { status } = await library.ask('PUT', PUMP, { body: pump({ registration }) });
      expect(status, JSON.stringify(registration)).to.equal(400);
    }
  });
});

describe("a Site's own Things in its directory", () => {
  it('are listed and had like any other, and nobody registers or changes them', async () => {
    await using library = await openLibrary();
    const { body } = await library.ask('GET', `/things/${LAMP_ID}`);
    expect(body).to.include({ id: LAMP_ID, title: 'Lamp' });
    expect(body.registration).to.include.keys('created', 'modified', 'retrieved');
    expect(body['@context']).to.include('https://www.w3.org/2022/wot/discovery');
    expect((await library.ask('GET', '/things/lamp')).body)
      .to.include({ id: LAMP_ID })
      .and.not.to.have.property('registration');
    expect((await library.ask('PUT', `/things/${LAMP_ID}`, { body: pump({ id: LAMP_ID }) })).status).to.equal(409);
    expect((await library.ask('PATCH', `/things/${LAMP_ID}`, { body: {} })).status).to.equal(403);
    expect((await library.ask('DELETE', `/things/${LAMP_ID}`)).status).to.equal(403);
    expect((await library.ask('PUT', '/things/lamp', { body: pump() })).status).to.equal(405);
    expect((await library.ask('GET', '/things/lamp')).status).to.equal(200);
  });

  it('take the place of a registration of their id', async () => {
    await using library = await openLibrary();
    await library.ask('PUT', PUMP, { body: pump() });
    library.site.add('pump', lamp(), { id: 'urn:example:pump' });
    const { list } = await library.ask('GET', '/things');
    expect(list.map(({ title }) => title)).to.deep.equal(['Lamp', 'Lamp']);
    await library.site.remove('pump');
    expect((await library.ask('GET', PUMP)).status).to.equal(404);
  });
});

describe('a registration that has the id of an own Thing', () => {
  const time = '2026-03-04T06:00:00.000Z';
  const hidden = { id: LAMP_ID, td: pump({ id: LAMP_ID }), organization: 'acme', created: time, modified: time };
  /** From an earlier run; it cannot be removed. */
  const records: DirectoryRecords = {
    load: async () => ({ registrations: [hidden], events: [] }),
    keep: async () => {
      throw new ThingError('unavailable', 'The disk is full');
    },
  };

  it('is hidden behind it, wherever one looks', async () => {
    await using library = await openLibrary({ records });
    expect((await library.ask('GET', '/things')).list.map(({ title }) => title)).to.deep.equal(['Lamp']);
    expect((await library.ask('GET', `/things/${LAMP_ID}`)).body).to.include({ title: 'Lamp' });
    expect((await library.ask('GET', '/search/jsonpath?query=$[*].title')).text).to.equal('["Lamp"]');
  });

  it('is so for those too who may not see that Thing', async () => {
    await using library = await openLibrary({ records, access }, { authenticate, policy: () => false });
    expect((await library.ask('GET', '/things', as('ada'))).list).to.deep.equal([]);
    expect((await library.ask('GET', `/things/${LAMP_ID}`, as('ada'))).status).to.equal(404);
  });
});

describe('the record of changes', () => {
  it('says whose registration was concerned, and of a new one whose it is or would be', async () => {
    const told: unknown[] = [];
    const recorded: RecordDirectory = ({ principal, operation, organization, result, id }) =>
      told.push([principal.id, operation, organization, result, id]);
    await using library = await openLibrary({ access, recorded }, { authenticate, policy: () => true });
    await library.ask('PUT', PUMP, { body: pump(), ...as('vic') });
    await library.ask('PUT', PUMP, { body: pump(), ...as('ada') });
    await library.ask('PUT', PUMP, { body: pump(), ...as('ulf') });
    await library.ask('PATCH', PUMP, { body: { title: 'Bilge' }, ...as('boss') });
    await library.ask('PATCH', PUMP, { body: {}, headers: { ...as('boss').headers, 'if-match': '"x"' } });
    await library.ask('DELETE', PUMP, as('boss'));
    const { headers } = await library.ask('POST', '/things', { body: anonymous(), ...as('ulf') });
    const [id, made] = ['urn:example:pump', headers.get('location')?.replace('/things/', '')];
    expect(told).to.deep.equal([
      ['user:vic', 'registerThing', undefined, 'forbidden', id],
      ['user:ada', 'registerThing', 'acme', 'done', id],
      ['user:ulf', 'registerThing', 'acme', 'conflict', id],
      ['user:boss', 'changeThing', 'acme', 'done', id],
      ['user:boss', 'changeThing', 'acme', 'conflict', id],
      ['user:boss', 'removeThing', 'acme', 'done', id],
      ['user:ulf', 'registerThing', 'umbrella', 'done', made],
    ]);
  });
});

describe('who may do what with registrations', () => {
  const open = () => openLibrary({ access }, { authenticate, policy: () => true });

  it('is asked before anything is read or looked for', async () => {
    await using library = await open();
    for (const [method, path] of [
      ['GET', '/things'],
      ['GET', PUMP],
      ['PUT', PUMP],
      ['POST', '/things'],
      ['PATCH', PUMP],
      ['DELETE', PUMP],
      ['GET', '/events'],
      ['GET', '/search/jsonpath?query=$'],
    ] as const) {
      const answer = await library.ask(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: '{' });
      expect(answer.status, `${method} ${path}`).to.equal(401);
    }
  });

  it('depends on roles and organizations', async () => {
    await using library = await open();
    expect((await library.ask('PUT', PUMP, { body: pump(), ...as('vic') })).status).to.equal(403);
    expect((await library.ask('POST', '/things', { body: anonymous(), ...as('vic') })).status).to.equal(403);
    expect((await library.ask('PUT', PUMP, { body: pump(), ...as('ada') })).status).to.equal(201);
    for (const [who, status] of Object.entries({ boss: 200, ada: 200, vic: 200, ulf: 404 })) {
      expect((await library.ask('GET', PUMP, as(who))).status, who).to.equal(status);
      const titles = (await library.ask('GET', '/things', as(who))).list.map(({ title }) => title);
      expect(titles.includes('Pump'), who).to.equal(status === 200);
      const found = await library.ask('GET', '/search/jsonpath?query=$[*].title', as(who));
      expect(found.text.includes('Pump'), who).to.equal(status === 200);
    }
    expect((await library.ask('PUT', PUMP, { body: pump(), ...as('vic') })).status).to.equal(403);
    expect((await library.ask('PATCH', PUMP, { body: {}, ...as('vic') })).status).to.equal(403);
    expect((await library.ask('DELETE', PUMP, as('vic'))).status).to.equal(403);
    expect((await library.ask('PUT', PUMP, { body: pump(), ...as('ulf') })).status).to.equal(409);
    expect((await library.ask('PATCH', PUMP, { body: {}, ...as('ulf') })).status).to.equal(404);
    expect((await library.ask('DELETE', PUMP, as('ulf'))).status).to.equal(404);
    expect((await library.ask('DELETE', PUMP, as('boss'))).status).to.equal(204);
  });

  it('tells nobody of Things that are not for them', async () => {
    await using library = await openLibrary({ access }, { authenticate, policy: () => false });
    await library.ask('PUT', PUMP, { body: pump(), ...as('ada') });
    const answerTo = (id: string) => library.ask('PUT', `/things/${id}`, { body: pump({ id }), ...as('eve') });
    const [taken, free] = [await answerTo('urn:example:pump'), await answerTo('urn:example:none')];
    expect([taken.status, taken.text]).to.deep.equal([403, free.text]);
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', {}],
      ['DELETE', undefined],
    ] as const) {
      const { status, text } = await library.ask(method, `/things/${LAMP_ID}`, { body, ...as('ulf') });
      expect([status, text.includes('Lamp')], method).to.deep.equal([404, false]);
    }
  });
});

describe('registrations that many change at once', () => {
  it('are looked for again when the turn of each has come', async () => {
    const kept = createRecordsInMemory();
    const [removal, look, disk] = [new Subject<void>(), new Subject<void>(), new Subject<void>()];
    const records: DirectoryRecords = {
      load: kept.load,
      async keep(change) {
        if (change.remove !== undefined) {
          removal.next();
          await firstValueFrom(disk);
        }
        return kept.keep(change);
      },
    };
    const watched: DirectoryAccess = {
      ...OPEN_ACCESS,
      maySee() {
        look.next();
        return true;
      },
    };
    await using library = await openLibrary({ records, access: watched });
    await library.ask('PUT', PUMP, { body: pump() });
    const isRemoving = firstValueFrom(removal);
    const removed = library.ask('DELETE', PUMP);
    await isRemoving;
    const isLookedFor = firstValueFrom(look);
    const patched = library.ask('PATCH', PUMP, { body: { title: 'Bilge' } });
    await isLookedFor;
    const isLookedForAgain = firstValueFrom(look);
    const removedAgain = library.ask('DELETE', PUMP);
    await isLookedForAgain;
    disk.next();
    const statuses = (await Promise.all([removed, patched, removedAgain])).map(({ status }) => status);
    expect(statuses).to.deep.equal([204, 404, 404]);
  });
});

describe('records that fail', () => {
  it('leave the directory as it was, and are read again once they can be', async () => {
    const kept = createRecordsInMemory();
    let failing = false;
    let loaded = 0;
    const records = {
      load: () => {
        loaded++;
        return kept.load();
      },
      keep: async (...args: Parameters<typeof kept.keep>) => {
        if (failing) throw new ThingError('unavailable', 'The disk is full');
        return kept.keep(...args);
      },
    };
    await using library = await openLibrary({ records });
    failing = true;
    expect((await library.ask('PUT', PUMP, { body: pump() })).status).to.equal(503);
    expect((await library.ask('GET', PUMP)).status).to.equal(404);
    failing = false;
    expect((await library.ask('PUT', PUMP, { body: pump() })).status).to.equal(201);
    expect(loaded).to.equal(2);
  });
});
