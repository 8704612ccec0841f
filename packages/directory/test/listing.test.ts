import { expect } from 'chai';
import { compareCodePoints } from '../src/code-points.js';
import { type Answer, anonymous, LAMP_ID, type Library, openLibrary, pump } from './library.js';

const IDS = ['URN:example:z', 'urn:example:A', 'urn:example:a', 'urn:example:b', LAMP_ID];

async function openWithFour(): Promise<Library> {
  const library = await openLibrary();
  for (const id of IDS.slice(0, -1).reverse()) await library.ask('PUT', `/things/${id}`, { body: pump({ id }) });
  return library;
}

const idsOf = ({ list }: Answer) => list.map(({ id }) => id);

/** What a `Link` header says, by relation: target and parameters. */
function linksOf({
  headers,
}: Answer): ReadonlyMap<string, { readonly href: string; readonly etag: string | undefined }> {
  const links = (headers.get('link') ?? '').split(/,\s*(?=<)/).map((link) => {
    const [, href = '', rel = '', etag] = /^<([^>]*)>; rel="([^"]*)"(?:; etag="([^"]*)")?$/.exec(link) ?? [];
    return [rel, { href, etag }] as const;
  });
  return new Map(links);
}

describe('the list of a directory', () => {
  it('has all Things in the order of the code points of their ids', async () => {
    await using library = await openWithFour();
    const all = await library.ask('GET', '/things');
    expect([all.status, all.headers.get('content-type'), all.headers.get('link')]).to.deep.equal([
      200,
      'application/ld+json',
      null,
    ]);
    expect(idsOf(all)).to.deep.equal(IDS);
    for (const td of all.list) expect(td.registration).to.include.keys('created', 'modified', 'retrieved');
    const json = await library.ask('GET', '/things', { headers: { accept: 'application/json' } });
    expect(json.headers.get('content-type')).to.equal('application/json');
    const head = await library.ask('HEAD', '/things');
    expect([head.status, head.text, head.headers.get('content-type')]).to.deep.equal([200, '', 'application/ld+json']);
  });

  it('comes in pages that lead from one to the next', async () => {
    await using library = await openWithFour();
    const seen: unknown[] = [];
    let path = '/things?limit=2';
    for (let pages = 1; ; pages++) {
      const page = await library.ask('GET', path);
      seen.push(...idsOf(page));
      const next = linksOf(page).get('next');
      if (!next) {
        expect(pages).to.equal(3);
        break;
      }
      const { pathname, searchParams, search } = new URL(next.href, library.url + path);
      expect([pathname, searchParams.get('limit'), searchParams.get('offset')]).to.deep.equal([
        '/things',
        '2',
        String(pages * 2),
      ]);
      path = pathname + search;
    }
    expect(seen).to.deep.equal(IDS);
    expect(
      new URL(linksOf(await library.ask('GET', path)).get('canonical')?.href ?? '', `${library.url}/below/things`)
        .pathname,
    ).to.equal('/below/things');
    expect(idsOf(await library.ask('GET', '/things?offset=4'))).to.deep.equal([LAMP_ID]);
    expect(idsOf(await library.ask('GET', '/things?offset=9&limit=1'))).to.deep.equal([]);
    const last = await library.ask('GET', '/things?offset=3&limit=2');
    expect([idsOf(last).length, [...linksOf(last).keys()]]).to.deep.equal([2, ['canonical']]);
  });

  it('has a tag that changes when a Thing comes or goes, and only then', async () => {
    await using library = await openWithFour();
    const tag = async () => linksOf(await library.ask('GET', '/things?limit=1')).get('canonical')?.etag;
    const first = await tag();
    expect(first).to.match(/^[\w-]+$/);
    await library.ask('PATCH', '/things/urn:example:a', { body: { title: 'Bilge' } });
    expect(await tag()).to.equal(first);
    const { headers } = await library.ask('POST', '/things', { body: anonymous() });
    expect(await tag()).not.to.equal(first);
    await library.ask('DELETE', headers.get('location') ?? '');
    expect(await tag()).to.equal(first);
  });

  it('is a collection for those who ask for one', async () => {
    await using library = await openWithFour();
    const { body } = await library.ask('GET', '/things?limit=3&format=collection');
    expect(body).to.deep.include({
      '@context': 'https://www.w3.org/2022/wot/discovery',
      '@type': 'ThingCollection',
      '@id': 'things?offset=0&limit=3&format=collection',
      next: 'things?offset=3&limit=3&format=collection',
      total: 5,
    });
    expect(body.members).to.have.length(3);
  });

  it('refuses what it does not know', async () => {
    await using library = await openLibrary();
    for (const query of [
      'limit=0',
      'limit=-1',
      'limit=x',
      'limit=1.5',
      'offset=-1',
      'limit=1&limit=2',
      'sort_by=title',
      'format=csv',
    ]) {
      const { status, body } = await library.ask('GET', `/things?${query}`);
      expect([status, body.status], query).to.deep.equal([400, 400]);
    }
    const other = await library.ask('PATCH', '/things', { body: {} });
    expect([other.status, other.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, POST, OPTIONS']);
    expect((await library.ask('GET', '/things', { headers: { accept: 'text/html' } })).status).to.equal(406);
  });
});

describe('compareCodePoints', () => {
  it('puts characters past U+FFFF behind all others, and beginnings before what goes on', () => {
    const sorted = ['', 'A', 'AB', 'a', '\u{e000}', '\u{ffff}', '\u{ffff}a', '\u{10000}', '\u{10000}a', '\u{1f600}'];
    expect(sorted.toReversed().sort(compareCodePoints)).to.deep.equal(sorted);
  });
});
