import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silent, ThingError } from '@thingwright/core';
import type { Introduction } from '@thingwright/directory/introduction';
import { expect } from 'chai';
import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import type { AdoptedSummary, AdoptRequest } from '../../src/adoption/adoptions.js';
import { createReachableAddresses } from '../../src/adoption/reachable-addresses.js';
import type { Found } from '../../src/discovery/finder.js';
import { createStrangerFetch } from '../../src/discovery/stranger-fetch.js';
import { createWotFinder, type WotFinder } from '../../src/discovery/wot-finder.js';

const GATEWAY = 'urn:uuid:0b4c3fcb-3a9e-4a3b-9d77-2f5d2d4f4d10';

/** A server of documents by path. */
async function startServer(documents: Record<string, unknown>, listener?: RequestListener) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const document = documents[path];
    if (document === undefined && listener) return listener(request, response);
    response.statusCode = document === undefined ? 404 : 200;
    response.end(typeof document === 'string' ? document : JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const { port }: AddressInfo = typeof address === 'object' && address ? address : { port: 0, address: '', family: '' };
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    documents,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A finder with adoptions that only note what they are asked. */
function openFinder(options: { readonly networks?: readonly string[]; readonly urls?: readonly string[] } = {}) {
  const { networks = ['127.0.0.0/8'], urls = [] } = options;
  const introductions = new BehaviorSubject<readonly Introduction[]>([]);
  const things = new BehaviorSubject<AdoptedSummary[]>([]);
  const adopted: AdoptRequest[] = [];
  const finder = createWotFinder({
    browser: { introductions, search: () => undefined, [Symbol.dispose]: () => undefined },
    urls,
    ...createStrangerFetch(createReachableAddresses(networks)),
    adoptions: {
      things,
      get: (name) => things.value.find((thing) => thing.name === name),
      async adopt(request) {
        adopted.push(request);
        const { url: source = '' } = request;
        things.next([...things.value, { id: 'urn:1', name: 'lamp', title: 'Lamp', organization: 'default', source }]);
        return { id: 'urn:1', name: 'lamp', td: '' };
      },
    },
    gatewayID: GATEWAY,
    log: silent,
  });
  return { finder, introductions, things, adopted, [Symbol.asyncDispose]: () => finder[Symbol.asyncDispose]() };
}

const listed = (finder: WotFinder, fits: (found: readonly Found[]) => boolean): Promise<readonly Found[]> =>
  firstValueFrom(finder.found.pipe(filter(fits)));

const announced = (url: string, label = 'Lamp of the lab'): Introduction => ({
  url,
  type: 'Thing',
  mechanism: 'dns-sd',
  label,
});

describe('what is found by W3C WoT Discovery', () => {
  it('lists what is announced, adopts it by its key, and lists it as adopted', async () => {
    await using server = await startServer({ '/td': { title: 'Lamp' } });
    await using open = openFinder();
    open.introductions.next([announced(`${server.url}/td`)]);
    const [lamp] = await listed(open.finder, ({ length }) => length === 1);
    expect(lamp).to.deep.include({
      key: `${server.url}/td`,
      kind: 'thing',
      title: 'Lamp',
      source: 'dns-sd',
      state: 'found',
    });
    await open.finder.adopt(lamp?.key ?? '', { name: 'lamp' });
    expect(open.adopted).to.deep.equal([{ name: 'lamp', url: `${server.url}/td` }]);
    const [known] = await listed(open.finder, ([one]) => one?.state === 'adopted');
    expect(known).to.include({ name: 'lamp', since: lamp?.since });
    const again = await open.finder.adopt(lamp?.key ?? '', {}).catch((error: unknown) => error);
    expect(again).to.be.instanceOf(ThingError).with.property('code', 'conflict');
  });

  it('forgets what is not announced any more, and looks anew at what returns', async () => {
    await using server = await startServer({ '/td': { title: 'Lamp' } });
    await using open = openFinder();
    open.introductions.next([announced(`${server.url}/td`)]);
    await listed(open.finder, ({ length }) => length === 1);
    open.introductions.next([]);
    await listed(open.finder, ({ length }) => length === 0);
    server.documents['/td'] = { title: 'Lamp 2' };
    open.introductions.next([announced(`${server.url}/td`)]);
    expect((await listed(open.finder, ({ length }) => length === 1))[0]?.title).to.equal('Lamp 2');
    expect(server.asked).to.deep.equal(['/td', '/td']);
  });

  it('looks at a server that somebody names: its description, its directory, its links', async () => {
    await using server = await startServer({
      '/.well-known/wot': {
        '@type': 'ThingDirectory',
        title: 'Directory',
        properties: { things: { forms: [{ href: '/things{?limit}' }] } },
      },
      '/.well-known/core': '</lamp>;rt="wot.thing",</.well-known/wot>;rt="wot.directory"',
      '/lamp': { title: 'Lamp' },
      '/things?limit=50': [{ title: 'Pump', id: 'urn:pump' }],
    });
    await using open = openFinder();
    const found = await open.finder.look(server.url);
    expect(found.map(({ title, kind, source }) => `${title} ${kind} ${source}`)).to.have.members([
      'Directory directory well-known',
      'Lamp thing core',
      'Pump thing well-known',
    ]);
    expect(found.find(({ title }) => title === 'Pump')?.key).to.equal(`${server.url}/things/urn%3Apump`);
    server.documents['/lamp'] = { title: 'Lamp 2' };
    expect((await open.finder.look(server.url)).map(({ title }) => title)).to.include('Lamp 2');
  });

  it('looks at configured servers from the start, and finds itself nowhere', async () => {
    await using server = await startServer({ '/a': { title: 'A' }, '/gateway': { title: 'Gateway', id: GATEWAY } });
    await using open = openFinder({ urls: [`${server.url}/gateway`, 'nonsense', `${server.url}/a`] });
    const found = await listed(open.finder, ({ length }) => length > 0);
    expect(found.map(({ title, source }) => `${title} ${source}`)).to.deep.equal(['A direct']);
  });

  it('says why something cannot be had, keeps asking where it was announced, and forgets it where it was only named', async () => {
    await using server = await startServer({});
    await using open = openFinder();
    const [gone] = await open.finder.look(`${server.url}/lamp`);
    expect(gone).to.include({ state: 'unreachable', reason: `${server.url}/lamp answers with status 404` });
    await listed(open.finder, ({ length }) => length === 0);
    open.introductions.next([announced(`${server.url}/td`)]);
    const [there] = await listed(open.finder, ({ length }) => length === 1);
    expect(there).to.include({ state: 'unreachable', title: 'Lamp of the lab' });
    server.documents['/td'] = { title: 'Lamp' };
    open.finder.search();
    expect((await listed(open.finder, ([one]) => one?.state === 'found'))[0]?.title).to.equal('Lamp');
  });

  it('refuses to look at what is no URL of HTTP', async () => {
    await using open = openFinder();
    for (const url of ['lamp', 'file:///etc/passwd', 'coap://127.0.0.1/td']) {
      const refused = await open.finder.look(url).catch((error: unknown) => error);
      expect(refused, url).to.be.instanceOf(ThingError).with.property('code', 'invalid');
    }
  });

  it('looks at what somebody names while what is announced does not answer', async () => {
    await using server = await startServer({ '/td': { title: 'Lamp' } }, () => undefined);
    await using open = openFinder();
    open.introductions.next([announced(`${server.url}/silent`)]);
    const seen = await open.finder.look(`${server.url}/td`);
    expect(seen.map(({ title }) => title)).to.deep.equal(['Lamp']);
  });

  it('comes to all that are announced, however many at once', async () => {
    const paths = Array.from({ length: 70 }, (_, i) => `/td/${i}`);
    await using server = await startServer(Object.fromEntries(paths.map((path) => [path, { title: path }])));
    await using open = openFinder();
    open.introductions.next(paths.map((path) => announced(server.url + path)));
    const some = await listed(open.finder, ({ length }) => length >= 64);
    expect(some).to.have.length(64);
    open.finder.search();
    await listed(open.finder, ({ length }) => length === paths.length);
    expect(server.asked).to.have.length(paths.length);
  });

  it('ends at once while a server does not answer', async () => {
    await using server = await startServer({}, () => undefined);
    const open = openFinder();
    open.introductions.next([announced(`${server.url}/td`)]);
    while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await open[Symbol.asyncDispose]();
  });
});

describe('hostile introductions', () => {
  /** What one is listed as. */
  const fate = async (url: string, networks?: readonly string[]): Promise<Found | undefined> => {
    await using open = openFinder(networks ? { networks } : {});
    open.introductions.next([announced(url)]);
    return (await listed(open.finder, ({ length }) => length === 1))[0];
  };

  it('reaches no loopback and no private address where that is not allowed', async () => {
    await using server = await startServer({ '/td': { title: 'Secret' } });
    const lamp = await fate(`${server.url}/td`, []);
    expect(lamp?.state).to.equal('unreachable');
    expect(lamp?.reason).to.include('127.0.0.1 is not public');
    expect((await fate('http://[::1]/td', []))?.reason).to.include('not public');
    expect((await fate('http://169.254.169.254/latest/meta-data', []))?.reason).to.include('not public');
    expect((await fate('http://localhost/td', []))?.reason).to.include('not public');
    expect(server.asked).to.deep.equal([]);
  });

  it('goes nowhere else when it is sent to another host', async () => {
    await using server = await startServer({}, (_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.2:9/td' }).end();
    });
    expect((await fate(`${server.url}/td`))?.reason).to.include('leads to another host');
  });

  it('reads no more than a mebibyte', async () => {
    await using server = await startServer({}, (_request, response) => {
      const fill = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', fill);
      fill();
    });
    expect((await fate(`${server.url}/td`))?.reason).to.include('longer than');
  });

  it('takes no bomb of brackets, and nothing that is no description', async () => {
    await using server = await startServer({
      '/deep': '['.repeat(100_000),
      '/text': '"TD"',
      '/null': 'null',
      '/cut': '{"title":',
    });
    for (const path of ['deep', 'text', 'null', 'cut']) {
      expect((await fate(`${server.url}/${path}`))?.state, path).to.equal('unreachable');
    }
  });

  it('lists no more than 500 of a directory that has no end, with titles that fit', async () => {
    let page = 0;
    await using server = await startServer(
      {
        '/td': {
          '@type': 'ThingDirectory',
          title: 'x'.repeat(10_000),
          properties: { things: { forms: [{ href: 'list' }] } },
        },
      },
      (_request, response) => {
        const members = Array.from({ length: 50 }, (_, place) => ({ title: 'X', id: `urn:${page}:${place}` }));
        page++;
        response.end(JSON.stringify({ members, next: `list?page=${page}` }));
      },
    );
    await using open = openFinder();
    const found = await open.finder.look(`${server.url}/td`);
    expect(found.length).to.be.at.most(500).and.greaterThan(400);
    expect(found[0]?.title).to.have.length(200);
    expect(page).to.be.at.most(64);
    server.documents['/lamp'] = { title: 'Lamp' };
    server.documents['/more'] = server.documents['/td'];
    for (const path of ['/more', '/lamp']) await open.finder.look(server.url + path);
    const all = await firstValueFrom(open.finder.found);
    expect(all.length).to.be.at.most(500);
    expect(all.map(({ title }) => title)).to.include('Lamp');
  });
});
