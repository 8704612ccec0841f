import { type Principal, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { OPEN_ACCESS } from '../src/access.js';
import { createSearch, SEARCH_LIMITS } from '../src/search/search.js';
import { anonymous, LAMP_ID, openLibrary, pump } from './library.js';

const find = (query: string): string => `/search/jsonpath?query=${encodeURIComponent(query)}`;
const bytes = (value: unknown) => async (): Promise<Buffer> => Buffer.from(JSON.stringify(value));
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof ThingError ? error.code : String(error)),
  );

describe('the search of a directory', () => {
  it('finds whole TDs and parts of them, own and registered ones', async () => {
    await using library = await openLibrary();
    for (const tag of ['x', 'y']) {
      const id = `urn:example:${tag}`;
      await library.ask('PUT', `/things/${id}`, { body: pump({ id, tag }) });
    }
    const { status, headers, list } = await library.ask('GET', find("$[?(@.tag=='x')]"));
    expect([status, headers.get('content-type')]).to.deep.equal([200, 'application/json']);
    expect(list.map(({ id }) => id)).to.deep.equal(['urn:example:x']);
    expect(list[0]).to.have.property('registration');
    const ids = await library.ask('GET', find('$[*].id'));
    expect(ids.list).to.deep.equal(['urn:example:x', 'urn:example:y', LAMP_ID]);
    expect((await library.ask('GET', find('$[:].nothing'))).text).to.equal('[]');
  });

  it('takes queries as they are, unescaped', async () => {
    await using library = await openLibrary();
    const { list } = await library.ask('GET', `/search/jsonpath?query=$[?(@.title=='Lamp'&&@.id!="x")].title`);
    expect(list).to.deep.equal(['Lamp']);
  });

  it('refuses what is no query', async () => {
    await using library = await openLibrary();
    for (const path of [
      find('*/id'),
      find('$[?(@.constructor.constructor("return process")())]'),
      find('$['),
      find(`$${'[0]'.repeat(400)}`),
      `/search/jsonpath?query=%FF`,
      '/search/jsonpath?query=',
      '/search/jsonpath',
      '/search/jsonpath?path=$',
    ]) {
      const { status, body } = await library.ask('GET', path);
      expect([status, body.status], path).to.deep.equal([400, 400]);
    }
    expect((await library.ask('GET', '/search/sparql?query=x')).status).to.equal(404);
    expect((await library.ask('GET', '/search/xpath?query=x')).status).to.equal(404);
  });
});

describe('a search by credentials that end meanwhile', () => {
  it('finds nothing any more', async () => {
    const ending = new AbortController();
    const principal: Principal = { id: 'user:ada', kind: 'user', grants: [] };
    const maySee = (): boolean => {
      ending.abort();
      return true;
    };
    await using library = await openLibrary(
      { access: { ...OPEN_ACCESS, maySee } },
      { authenticate: () => ({ principal, ended: ending.signal }), policy: () => true },
    );
    await library.ask('POST', '/things', { body: anonymous() });
    expect((await library.ask('GET', find('$[*].title'))).status).to.equal(403);
  });
});

describe('createSearch', () => {
  it('ends a query that takes too long, and goes on with the next one', async () => {
    await using search = createSearch({ ...SEARCH_LIMITS, time: 300 });
    const evil = bytes([{ title: 'a'.repeat(40) }]);
    expect(await codeOf(search.find("$[?match(@.title, '(a+)+b')]", evil, { id: 'user:eve' }))).to.equal('invalid');
    const deep = bytes(Array.from({ length: 30 }, () => Array.from({ length: 30 }, () => [[[1]]])));
    expect(await codeOf(search.find('$..[?count(@..*)>1]..[?count($..*)>1]', deep, { id: 'user:eve' }))).to.equal(
      'invalid',
    );
    await using patient = createSearch({ ...SEARCH_LIMITS, time: 10_000 });
    const endless = codeOf(patient.find("$[?match(@.title, '(a+)+b')]", evil, { id: 'user:eve' }));
    const next = patient.find('$[*]', bytes([1, 2]), { id: 'user:eve' });
    expect([await endless, await next]).to.deep.equal(['invalid', '[1,2]']);
  }).timeout(60_000);

  it('bounds what is searched, what is found, and who waits', async () => {
    await using search = createSearch({ ...SEARCH_LIMITS, document: 100, found: 20, waiting: 3, time: 20_000 });
    expect(await codeOf(search.find('$.x', bytes('x'.repeat(200)), { id: 'a' }))).to.equal('tooLarge');
    expect(await codeOf(search.find('$..*', bytes(Array.from({ length: 30 }, () => 1)), { id: 'a' }))).to.equal(
      'tooLarge',
    );
    let release: (document: Buffer) => void = () => undefined;
    const slow = () => new Promise<Buffer>((resolve) => (release = resolve));
    const first = search.find('$', slow, { id: 'a' });
    const second = search.find('$', bytes(2), { id: 'a' });
    expect(await codeOf(search.find('$', bytes(3), { id: 'a' }))).to.equal('tooMany');
    const third = search.find('$', bytes(3), { id: 'b' });
    expect(await codeOf(search.find('$', bytes(4), { id: 'c' }))).to.equal('tooMany');
    release(Buffer.from('1'));
    expect(await Promise.all([first, second, third])).to.deep.equal(['[1]', '[2]', '[3]']);
  }).timeout(30_000);

  it('keeps places for other organizations', async () => {
    await using search = createSearch({ ...SEARCH_LIMITS, waiting: 4, time: 20_000 }, 0.5);
    let release: (document: Buffer) => void = () => undefined;
    const slow = () => new Promise<Buffer>((resolve) => (release = resolve));
    const of = (id: string, organization?: string) => ({ id, ...(organization ? { organization } : {}) });
    const first = search.find('$', slow, of('a', 'acme'));
    const second = search.find('$', bytes(2), of('b', 'acme'));
    expect(await codeOf(search.find('$', bytes(0), of('c', 'acme')))).to.equal('tooMany');
    const third = search.find('$', bytes(3), of('d', 'umbrella'));
    const fourth = search.find('$', bytes(4), of('e'));
    expect(await codeOf(search.find('$', bytes(0), of('f', 'umbrella')))).to.equal('tooMany');
    release(Buffer.from('1'));
    expect(await Promise.all([first, second, third, fourth])).to.deep.equal(['[1]', '[2]', '[3]', '[4]']);
    expect(await search.find('$', bytes(5), of('c', 'acme'))).to.equal('[5]');
  }).timeout(30_000);

  it('is of no use once it is closed', async () => {
    const search = createSearch();
    await search.find('$', bytes(1), { id: 'a' });
    await search[Symbol.asyncDispose]();
    expect(await codeOf(search.find('$', bytes(1), { id: 'a' }))).to.equal('unavailable');
  }).timeout(10_000);
});
