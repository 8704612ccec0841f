import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import {
  createExplorer,
  type ExplorationLimits,
  type Explored,
  type FetchedDocument,
} from '../../src/introduction/explorer.js';
import type { Introduction } from '../../src/introduction/introduction.js';

const ROOT = 'http://lab.example';
const DISCOVERY = 'https://www.w3.org/2022/wot/discovery';

const introduction = (url: string, mechanism: Introduction['mechanism'] = 'direct'): Introduction => ({
  url: new URL(url, ROOT).href,
  type: 'Thing',
  mechanism,
});
const directory = (href: string): object => ({
  '@type': 'ThingDirectory',
  title: 'Directory',
  properties: { things: { forms: [{ href: `${href}{?offset,limit}`, op: 'readproperty' }] } },
});
const link = (href: string): object => ({ '@type': 'ThingLink', links: [{ rel: 'describedby', href }] });

/** A network of documents by path; what it is asked for is counted. */
function network(documents: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const fetchDocument = async (url: string): Promise<FetchedDocument> => {
    const { pathname, search } = new URL(url);
    asked.push(pathname);
    const document = documents[`${pathname}${search}`] ?? documents[pathname];
    if (document === undefined) throw new ThingError('unavailable', `${url} answers with status 404`);
    return { document, from: url };
  };
  return { asked, fetchDocument };
}

async function explore(
  documents: Readonly<Record<string, unknown>>,
  introductions: readonly Introduction[],
  limits?: ExplorationLimits,
) {
  const { asked, fetchDocument } = network(documents);
  const explored: Explored[] = [];
  for await (const one of createExplorer(fetchDocument).explore(introductions, limits)) explored.push(one);
  return { asked, explored, titles: explored.map((one) => (one.found ? one.td.title : one.error.code)) };
}

describe('an exploration', () => {
  it('discoverer-must-support-intros, discoverer-must-support-fetching: a URL that somebody typed leads to its description', async () => {
    const { explored } = await explore({ '/td': { title: 'Lamp' } }, [introduction('/td')]);
    expect(explored).to.deep.equal([
      { found: true, url: `${ROOT}/td`, td: { title: 'Lamp' }, kind: 'Thing', introduced: `${ROOT}/td` },
    ]);
  });

  it('discoverer-merge-intros: what several mechanisms tell of is fetched once', async () => {
    const { asked } = await explore({ '/td': { title: 'Lamp' } }, [
      introduction('/td', 'direct'),
      introduction('/td', 'well-known'),
      introduction('/td#lamp', 'dns-sd'),
      introduction('http://LAB.example:80/td', 'core'),
    ]);
    expect(asked).to.deep.equal(['/td']);
  });

  it('discoverer-td-identify: tells directories and links from Things by @type, in each of its spellings', async () => {
    const types: readonly (readonly [unknown, string])[] = [
      ['ThingDirectory', 'Directory'],
      [['Thing', 'ThingDirectory'], 'Directory'],
      [`${DISCOVERY}#ThingDirectory`, 'Directory'],
      [['x', `${DISCOVERY}#ThingDirectory`], 'Directory'],
      ['d:ThingDirectory', 'Directory'],
      ['other:ThingDirectory', 'Thing'],
      [undefined, 'Thing'],
      [42, 'Thing'],
    ];
    for (const [type, kind] of types) {
      const td = { '@context': [DISCOVERY, { d: `${DISCOVERY}#`, other: 'http://x#' }], '@type': type, title: 'T' };
      const { explored } = await explore({ '/td': td }, [introduction('/td')]);
      expect(
        explored.map((one) => one.found && one.kind),
        String(type),
      ).to.deep.equal([kind]);
    }
    for (const type of ['ThingLink', [`${DISCOVERY}#ThingLink`], 'd:ThingLink']) {
      const td = { ...link('/lamp'), '@context': { d: `${DISCOVERY}#` }, '@type': type };
      const { titles } = await explore({ '/td': td, '/lamp': { title: 'Lamp' } }, [introduction('/td')]);
      expect(titles).to.deep.equal(['Lamp']);
    }
  });

  it('discoverer-fetch-tdd, discoverer-fetch-links: goes through the pages of a directory, and its links', async () => {
    const { explored, titles } = await explore(
      {
        '/td': directory('/things'),
        '/things': { members: [{ title: 'A', id: 'urn:a' }, link('/far')], next: '/things?page=2' },
        '/things?page=2': [{ title: 'B' }, 'no TD', null],
        '/far': { title: 'C' },
      },
      [introduction('/td')],
    );
    expect(titles).to.have.members(['Directory', 'A', 'B', 'C']);
    expect(explored.map(({ url }) => url)).to.include(`${ROOT}/things/urn%3Aa`);
    expect(explored.every(({ introduced }) => introduced === `${ROOT}/td`)).to.equal(true);
  });

  it('discoverer-track: directories and links that lead to each other are fetched once each', async () => {
    const documents = {
      '/a': directory('/a/things'),
      '/a/things': [link('/b'), { title: 'X' }],
      '/b': directory('/b/things'),
      '/b/things': { members: [link('/a'), link('/c'), { title: 'X' }], next: '/b/things?limit=50' },
      '/c': link('/c'),
    };
    const { asked } = await explore(documents, [introduction('/a')]);
    expect(asked.sort()).to.deep.equal(['/a', '/a/things', '/b', '/b/things', '/c']);
    const { asked: all, fetchDocument } = network(documents);
    const explorer = createExplorer(fetchDocument);
    for (let run = 0; run < 3; run++) for await (const _one of explorer.explore([introduction('/a')])) void _one;
    expect(all).to.have.length(5);
    explorer.forget(`${ROOT}/a#x`);
    for await (const _one of explorer.explore([introduction('/a')])) void _one;
    expect(all).to.have.length(6);
  });

  it('discoverer-termination: ends at a depth, a count of documents and of descriptions, and when it is told to', async () => {
    const chain = Object.fromEntries(Array.from({ length: 50 }, (_, place) => [`/${place}`, link(`/${place + 1}`)]));
    expect((await explore(chain, [introduction('/0')])).asked).to.have.length(4);
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, place) => [`/${place}`, { title: `${place}` }]));
    const many = Object.keys(wide).map((path) => introduction(path));
    expect((await explore(wide, many)).asked).to.have.length(64);
    const long = { '/td': directory('/t'), '/t': Array.from({ length: 2000 }, () => ({ title: 'X' })) };
    expect((await explore(long, [introduction('/td')])).titles).to.have.length(500);
    expect((await explore(wide, many, { signal: AbortSignal.abort() })).asked).to.deep.equal([]);
  });

  it('ends although a server never answers', async () => {
    const explorer = createExplorer(
      (_url, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const explored: Explored[] = [];
    for await (const one of explorer.explore([introduction('/td')], { time: 20 })) explored.push(one);
    expect(explored.map((one) => !one.found && one.error.code)).to.deep.equal(['failed']);
  });

  it('goes on after a directory that has made up more addresses than anybody remembers', async () => {
    let pages = 0;
    const explorer = createExplorer(async (url) => {
      if (url.endsWith('/lamp')) return { document: { title: 'Lamp' }, from: url };
      if (url.endsWith('/td')) return { document: directory(`/list/${++pages}`), from: url };
      return { document: [], from: url, next: `/list/${++pages}` };
    });
    const titles: unknown[] = [];
    for (let round = 0; round < 12; round++) {
      explorer.forget(`${ROOT}/td`);
      for await (const _ of explorer.explore([introduction('/td')], { documents: 1000 }));
    }
    expect(pages).to.be.above(10_000);
    for await (const one of explorer.explore([introduction('/lamp')])) titles.push(one.found && one.td.title);
    expect(titles).to.deep.equal(['Lamp']);
  });

  it('tells what could not be had, and goes on', async () => {
    const { titles } = await explore(
      {
        '/list': ['no', 'TD'],
        '/text': 'hello',
        '/lamp': { title: 'Lamp' },
        '/td': directory('/none'),
        '/dead': link('data:x'),
      },
      ['/list', '/text', '/gone', '/lamp', '/td', '/dead'].map((path) => introduction(path)),
    );
    expect(titles).to.have.members(['invalid', 'invalid', 'unavailable', 'Lamp', 'Directory', 'unavailable']);
  });

  it('takes nothing amiss, be it types, links, forms and members of every shape', async () => {
    const odd: readonly unknown[] = [null, 0, '', [], {}, [null], [{}], { forms: null }, { things: [] }];
    for (const value of odd) {
      const td = {
        '@type': 'ThingDirectory',
        '@context': value,
        title: 'T',
        properties: value,
        links: value,
        base: value,
      };
      const { titles } = await explore({ '/td': td }, [introduction('/td')]);
      expect(titles[0]).to.equal('T');
      await explore({ '/td': { ...td, '@type': 'ThingLink' } }, [introduction('/td')]);
      await explore({ '/td': directory('/t'), '/t': { members: [value], next: value } }, [introduction('/td')]);
    }
  });
});
