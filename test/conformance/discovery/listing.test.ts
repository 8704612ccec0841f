import { expect } from 'chai';
import { at } from '../fixture/consumer.js';
import { anonymous, type Library, openLibrary, pump } from '../fixture/directory.js';
import { type Answer, mediaType } from '../fixture/http.js';

const IDS = ['urn:example:b', 'URN:example:c', 'urn:example:A', 'urn:example:a'];

const idsOf = (answer: Answer): readonly unknown[] => {
  const list = answer.json();
  return Array.isArray(list) ? list.map((td) => at(td, 'id')) : [];
};

/** The link of that relation: its target, and the rest of it. */
function linkOf({ headers }: Answer, rel: string): { readonly href: string; readonly rest: string } | undefined {
  const links = String(headers.link ?? '').split(/,\s*(?=<)/);
  const found = links.map((link) => /^<([^>]*)>(.*)$/.exec(link)).find((link) => link?.[2]?.includes(`rel="${rel}"`));
  return found ? { href: found[1] ?? '', rest: found[2] ?? '' } : undefined;
}

describe('WoT Discovery: the list of a directory', () => {
  let library: Library;
  before(async () => {
    library = await openLibrary();
    for (const id of IDS) await library.ask(`PUT /things/${id}`, { json: pump({ id }) });
  });
  after(() => library[Symbol.asyncDispose]());

  it('tdd-things-list-only, tdd-things-list-method, tdd-things-list-resp, tdd-things-list-resp-content-type: GET /things gives all TDs', async () => {
    const answer = await library.ask('GET /things');
    expect([answer.status, mediaType(answer)]).to.deep.equal([200, 'application/ld+json']);
    expect(idsOf(answer)).to.include.members([...IDS, library.gateway.id]);
  });

  it('tdd-things-list-pagination-order-default: is in the order of the code points of ids', async () => {
    const ids = idsOf(await library.ask('GET /things'));
    const inOrder = ids.toSorted((a, b) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))));
    expect(ids).to.deep.equal(inOrder);
    expect(ids[0]).to.equal('URN:example:c');
  });

  it('tdd-things-list-pagination-header-nextlink, tdd-things-list-pagination-header-nextlink-attr, tdd-things-list-pagination-header-nextlink-base: each page leads to the next, the last one to none', async () => {
    const all = idsOf(await library.ask('GET /things'));
    const walked: unknown[] = [];
    let path: string | undefined = '/things?limit=2';
    for (let offset = 0; path !== undefined; offset += 2) {
      const page: Answer = await library.ask(`GET ${path}`);
      walked.push(...idsOf(page));
      const next = linkOf(page, 'next');
      expect(next === undefined).to.equal(offset + 2 >= all.length);
      if (!next) break;
      // Behind a proxy the base has a path of its own.
      const below = new URL(next.href, 'https://proxy.example/below/things?limit=2');
      expect(below.pathname).to.equal('/below/things');
      expect(Object.fromEntries(below.searchParams)).to.deep.equal({ limit: '2', offset: String(offset + 2) });
      const { pathname, search }: URL = new URL(next.href, library.url + path);
      path = pathname + search;
    }
    expect(walked).to.deep.equal(all);
  });

  it('tdd-things-list-pagination-header-canonicallink: each page names the collection, with a tag that follows what comes and goes', async () => {
    const tagOf = async (offset: number): Promise<string> => {
      const link = linkOf(await library.ask(`GET /things?limit=2&offset=${offset}`), 'canonical');
      expect(new URL(link?.href ?? '', `${library.url}/things?limit=2`).href).to.equal(`${library.url}/things`);
      return /;\s*etag="([^"]+)"/.exec(link?.rest ?? '')?.[1] ?? 'none';
    };
    const tag = await tagOf(0);
    expect([await tagOf(2), await tagOf(4)]).to.deep.equal([tag, tag]);
    await library.ask('PATCH /things/urn:example:a', { json: { title: 'Bilge' } });
    expect(await tagOf(0)).to.equal(tag);
    const { headers } = await library.ask('POST /things', { json: anonymous() });
    expect(await tagOf(0)).not.to.equal(tag);
    await library.ask(`DELETE ${headers.location}`);
    expect(await tagOf(0)).to.equal(tag);
  });

  it('tdd-things-list-pagination-limit: is refused if it makes no sense', async () => {
    for (const limit of ['0', '-1', 'x']) {
      expect((await library.ask(`GET /things?limit=${limit}`)).status, limit).to.equal(400);
    }
    expect(idsOf(await library.ask('GET /things?limit=3'))).to.have.length(3);
  });

  it('tdd-search-large-tdds, tdd-search-jsonpath: there is a search, by JSONPath', async () => {
    const found = await library.ask(`GET /search/jsonpath?query=$[?(@.title=="Pump")].id`);
    expect([found.status, mediaType(found)]).to.deep.equal([200, 'application/json']);
    expect(found.json()).to.include.members(['urn:example:b']);
  });

  it('tdd-search-jsonpath-error: what is no JSONPath is refused', async () => {
    const answer = await library.ask('GET /search/jsonpath?query=*/id');
    expect([answer.status, mediaType(answer)]).to.deep.equal([400, 'application/problem+json']);
  });

  it('tdd-http-unsupported-feature: what there is not is told by a fitting error', async () => {
    expect((await library.ask('GET /search/sparql?query=x')).status).to.equal(404);
    expect((await library.ask('GET /search/xpath?query=x')).status).to.equal(404);
    const other = await library.ask('PATCH /things', { json: {} });
    expect([other.status, other.headers.allow]).to.deep.equal([405, 'GET, HEAD, POST, OPTIONS']);
    expect((await library.ask('GET /things?sort_by=title')).status).to.equal(400);
  });

  it('tdd-http-head: HEAD is answered wherever GET is, with headers alone', async () => {
    const paths = [
      '/things',
      '/things?limit=1',
      '/things/urn:example:a',
      '/search/jsonpath?query=$',
      '/.well-known/wot',
    ];
    for (const path of paths) {
      const [head, get] = [await library.ask(`HEAD ${path}`), await library.ask(`GET ${path}`)];
      expect([head.status, head.body.length], path).to.deep.equal([200, 0]);
      for (const name of ['content-type', 'link', 'cache-control']) {
        expect(head.headers[name], `${name} of ${path}`).to.equal(get.headers[name]);
      }
    }
    const stream = await library.ask('HEAD /events');
    expect([stream.status, mediaType(stream), stream.body.length]).to.deep.equal([200, 'text/event-stream', 0]);
  });
});
