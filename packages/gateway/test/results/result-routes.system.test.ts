import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { get } from 'node:http';
import { Readable } from 'node:stream';
import { createSite, defineThing, expose, type Principal } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { openListener } from '@thingwright/listener';
import { type Files, openStore, type Results } from '@thingwright/store';
import { expect } from 'chai';
import * as t from 'typebox';
import { createPolicy } from '../../src/policy.js';
import { resultRoutes } from '../../src/results/result-routes.js';

const ID = 'urn:uuid:1';
const CONTENT = randomBytes(100_000);
const DIGEST = createHash('sha256').update(CONTENT).digest();
const ETAG = `"${DIGEST.toString('hex')}"`;

const Lamp = defineThing({ title: 'Lamp', properties: { on: { schema: t.Boolean() } } });
const Mri = defineThing({
  title: 'MRI',
  actions: {
    listResults: { output: t.Array(t.Object({})), safe: true, synchronous: true },
    deleteResult: { synchronous: true },
  },
});

/** Who has that token. */
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  viewer: { id: 'user:viewer', kind: 'user', grants: [{ role: 'viewer', organization: 'lab' }] },
  narrowed: { id: 'user:narrowed', kind: 'user', grants: [{ role: 'viewer', affordance: 'deleteResult' }] },
  foreign: { id: 'user:foreign', kind: 'user', grants: [{ role: 'admin', organization: 'clinic' }] },
};

/** A Thing with results, and one that has none; `isEndless`: its files are more than any socket holds. */
async function open({ isEndless = false }: { readonly isEndless?: boolean } = {}) {
  const store = await openStore();
  await store.devices.add({ name: 'mri', kind: 'scanner', title: '', id: ID, organization: 'lab' }, 'token');
  const revoked = new AbortController();
  const site = createSite({
    compileCheck,
    authenticate: (credentials) => {
      const principal = credentials.kind === 'bearer' ? PRINCIPALS[credentials.token] : undefined;
      return principal && { principal, ended: revoked.signal };
    },
    policy: createPolicy({ gatewayID: 'urn:gateway', organizationOf: () => 'lab' }),
  });
  site.add(
    'mri',
    expose(Mri, () => ({ actions: { listResults: () => [], deleteResult: () => undefined } })),
    { id: ID },
  );
  site.add(
    'lamp',
    expose(Lamp, () => ({ properties: { on: { read: () => true, write: () => undefined } } })),
  );
  const listener = openListener({ port: 0, grace: 100 }, site);
  const streams: Readable[] = [];
  /** `gone`: a reader has left; `opened`: a file was. */
  const events = new EventEmitter();
  listener.fastify.addHook('onRequestAbort', async (_request) => void events.emit('gone'));
  let before: () => Promise<unknown> = async () => undefined;
  const watched: Pick<Files, 'read'> = {
    read: async (id, range) => {
      await before();
      const opened = await store.files.read(id, isEndless ? {} : range);
      if (isEndless) opened.content.destroy();
      const content = isEndless ? endless() : opened.content;
      streams.push(content);
      events.emit('opened');
      return { ...opened, content };
    },
  };
  const results: Pick<Results, 'list' | 'get'> = {
    ...store.results,
    async get(owner, id) {
      const found = await store.results.get(owner, id);
      return found && isEndless ? { ...found, file: { ...found.file, size: 2 ** 40 } } : found;
    },
  };
  await resultRoutes(results, watched).open(site, listener);
  await listener.listen();
  const write = (name = 'data.mrd', content: Uint8Array = CONTENT) => writeResult(store.results, name, content);
  const request = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    fetch(listener.url + path, { method, headers: { authorization: 'Bearer viewer', ...headers } });
  return {
    store,
    events,
    listener,
    streams,
    /** What is done before a file is opened. */
    beforeReads(work: typeof before) {
      before = work;
    },
    revoked,
    write,
    request,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

async function writeResult(results: Results, name: string, content: Uint8Array, taskID = 'task') {
  return results.write(Readable.from([content]), {
    owner: ID,
    taskID,
    type: 'MRD',
    parameter: null,
    originalName: name,
    file: { name, mediaType: 'application/x-ismrmrd+hdf5' },
  });
}

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe('The file of a result', () => {
  it('is given whole, to be kept and not to be shown', async () => {
    await using lab = await open();
    const { id } = await lab.write();
    const response = await lab.request(`/things/mri/results/${id}/data.mrd`);
    expect(response.status).to.equal(200);
    expect(Object.fromEntries(response.headers)).to.include({
      etag: ETAG,
      'content-type': 'application/x-ismrmrd+hdf5',
      'content-length': '100000',
      'content-disposition': `attachment; filename="data.mrd"; filename*=UTF-8''data.mrd`,
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      'repr-digest': `sha-256=:${DIGEST.toString('base64')}:`,
    });
    expect((await bytesOf(response)).equals(CONTENT)).to.equal(true);
  });

  it('is given in parts', async () => {
    await using lab = await open();
    const path = `/things/mri/results/${(await lab.write()).id}/data.mrd`;
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=99999-', 99_999, 100_000],
      ['bytes=5-70000', 5, 70_001],
      ['bytes=-10', 99_990, 100_000],
    ] as const) {
      const response = await lab.request(path, { range });
      expect(response.status, range).to.equal(206);
      expect(response.headers.get('content-range')).to.equal(`bytes ${start}-${end - 1}/100000`);
      expect(response.headers.get('content-length')).to.equal(`${end - start}`);
      expect((await bytesOf(response)).equals(CONTENT.subarray(start, end)), range).to.equal(true);
    }
    const outside = await lab.request(path, { range: 'bytes=100000-' });
    expect([outside.status, outside.headers.get('content-range')]).to.deep.equal([416, 'bytes */100000']);
    expect(outside.headers.get('content-type')).to.include('application/problem+json');
    expect(await outside.json()).to.include({ status: 416 });
    for (const range of ['bytes=0-1,3-4', 'lines=1-2']) {
      const response = await lab.request(path, { range });
      expect([response.status, (await bytesOf(response)).length], range).to.deep.equal([200, 100_000]);
    }
  });

  it('is not sent to who has it, and goes on only where it is the same', async () => {
    await using lab = await open();
    const path = `/things/mri/results/${(await lab.write()).id}/data.mrd`;
    for (const known of [ETAG, `W/${ETAG}`, `"other", ${ETAG}`, '*']) {
      const response = await lab.request(path, { 'if-none-match': known });
      expect([response.status, response.headers.get('etag')], known).to.deep.equal([304, ETAG]);
    }
    expect((await lab.request(path, { 'if-none-match': '"other"' })).status).to.equal(200);
    const range = 'bytes=0-1';
    expect((await lab.request(path, { range, 'if-range': ETAG })).status).to.equal(206);
    for (const other of ['"other"', `W/${ETAG}`, 'Fri, 20 Nov 2026 12:00:00 GMT']) {
      expect((await lab.request(path, { range, 'if-range': other })).status, other).to.equal(200);
    }
  });

  it('is described by HEAD, which opens nothing', async () => {
    await using lab = await open();
    const path = `/things/mri/results/${(await lab.write()).id}/data.mrd`;
    const response = await lab.request(path, { range: 'bytes=0-1' }, 'HEAD');
    expect([response.status, response.headers.get('content-length')]).to.deep.equal([200, '100000']);
    expect(lab.streams).to.deep.equal([]);
  });

  it('may be empty, and be called anything', async () => {
    await using lab = await open();
    const { id } = await lab.write('Größe "1" %;.csv', Buffer.of());
    const path = `/things/mri/results/${id}/${encodeURIComponent('Größe "1" %;.csv')}`;
    const response = await lab.request(path);
    expect([response.status, await response.text()]).to.deep.equal([200, '']);
    expect(response.headers.get('content-disposition')).to.equal(
      `attachment; filename="Gr__e _1_ __.csv"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%20%25%3B.csv`,
    );
    expect((await lab.request(path, { range: 'bytes=0-' })).status).to.equal(416);
  });

  it('is there for who may list results, and for no one else', async () => {
    await using lab = await open();
    const { id } = await lab.write();
    const path = `/things/mri/results/${id}/data.mrd`;
    const status = async (token: string, at = path): Promise<number> =>
      (await lab.request(at, { authorization: `Bearer ${token}` })).status;
    expect(await status('viewer')).to.equal(200);
    expect(await status('nobody')).to.equal(401);
    expect(await status('narrowed')).to.equal(403);
    expect(await status('foreign')).to.equal(404);
    expect(await status('viewer', `/things/mri/results/${id}/other.mrd`)).to.equal(404);
    expect(await status('viewer', '/things/mri/results/nothing/data.mrd')).to.equal(404);
    expect(await status('viewer', `/things/lamp/results/${id}/data.mrd`)).to.equal(404);
    expect(await status('viewer', `/things/nobody/results/${id}/data.mrd`)).to.equal(404);
    expect(await status('viewer', `/things/mri/results/${id}/..%2Fdata.mrd`)).to.equal(404);
  });

  it('is closed when its reader is gone', async () => {
    await using lab = await open({ isEndless: true });
    const { id } = await lab.write();
    const asked = get(`${lab.listener.url}/things/mri/results/${id}/data.mrd`, {
      headers: { authorization: 'Bearer viewer' },
    });
    const [response] = await once(asked, 'response');
    await once(response, 'readable');
    const [content] = lab.streams;
    if (!content) throw new Error('nothing was opened');
    const closed = once(content, 'close');
    asked.destroy();
    await closed;
  });

  it('is closed when its reader has gone before it was opened', async () => {
    await using lab = await open({ isEndless: true });
    const { id } = await lab.write();
    const asked = get(`${lab.listener.url}/things/mri/results/${id}/data.mrd`, {
      headers: { authorization: 'Bearer viewer' },
    }).on('error', () => {});
    const opened = once(lab.events, 'opened');
    lab.beforeReads(async () => {
      const gone = once(lab.events, 'gone');
      asked.destroy();
      await gone;
    });
    await opened;
    const [content] = lab.streams;
    if (content && !content.closed) await once(content, 'close');
    expect(content?.closed).to.equal(true);
  });

  it('is an error if it was removed meanwhile', async () => {
    await using lab = await open();
    const result = await lab.write();
    lab.beforeReads(() => lab.store.files.remove(result.file.id));
    const response = await lab.request(`/things/mri/results/${result.id}/data.mrd`);
    expect([response.status, response.headers.get('etag')]).to.deep.equal([404, null]);
    expect(await response.json()).to.include({ status: 404 });
  });

  it('breaks off when the credentials of its reader end', async () => {
    await using lab = await open({ isEndless: true });
    const { id } = await lab.write();
    const response = await lab.request(`/things/mri/results/${id}/data.mrd`);
    const reader = response.body?.getReader();
    await reader?.read();
    lab.revoked.abort();
    let thrown: unknown;
    try {
      while (!(await reader?.read())?.done);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.be.instanceOf(Error);
    expect(lab.streams[0]?.destroyed).to.equal(true);
  });
});

const endless = (): Readable =>
  new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });

describe('The results of a Thing', () => {
  it('are listed in pages, newest first', async () => {
    await using lab = await open();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await lab.write('data.mrd', Buffer.of(i))).id);
    const first = await lab.request('/things/mri/results?limit=2');
    expect(first.headers.get('cache-control')).to.equal('no-store');
    const page = await first.json();
    expect(page.next).to.equal(ids[1]);
    expect(first.headers.get('link')).to.equal(`</things/mri/results?limit=2&before=${ids[1]}>; rel="next"`);
    expect(page.items.map(({ resultId }: { resultId: string }) => resultId)).to.deep.equal(ids.slice(0, 2));
    expect(page.items[0].files[0].href).to.equal(`/things/mri/results/${ids[0]}/data.mrd`);
    expect((await lab.request(page.items[0].files[0].href)).status).to.equal(200);
    const rest = await (await lab.request(`/things/mri/results?limit=2&before=${page.next}`)).json();
    expect(rest).to.not.have.property('next');
    expect(rest.items).to.have.length(1);
    expect((await (await lab.request('/things/mri/results?taskId=other')).json()).items).to.deep.equal([]);
  });

  it('are there for who may list them; odd questions are refused', async () => {
    await using lab = await open();
    const status = async (path: string, token = 'viewer'): Promise<number> =>
      (await lab.request(path, { authorization: `Bearer ${token}` })).status;
    expect(await status('/things/mri/results', 'nobody')).to.equal(401);
    expect(await status('/things/mri/results', 'narrowed')).to.equal(403);
    expect(await status('/things/mri/results', 'foreign')).to.equal(404);
    expect(await status('/things/lamp/results')).to.equal(404);
    expect(await status('/things/mri/results?limit=0')).to.equal(400);
    expect(await status('/things/mri/results?limit=201')).to.equal(400);
    expect(await status('/things/mri/results?what=x')).to.equal(400);
    expect(await status('/things/mri/results?before=nothing')).to.equal(404);
  });
});
