import { expect } from 'chai';
import { directory } from '../src/index.js';
import { createRecordsInMemory, type DirectoryRecords } from '../src/records.js';
import { access, anonymous, as, authenticate, type Library, openLibrary, pump } from './library.js';

const open = (limits: Parameters<typeof openLibrary>[0] = {}): Promise<Library> =>
  openLibrary({ access, ...limits }, { authenticate, policy: () => true });

const post = (library: Library, who: string, change: object = {}) =>
  library.ask('POST', '/things', { body: anonymous(change), ...as(who) });

describe('the share of an organization in a directory', () => {
  it('is all that it may fill with registrations; others have theirs', async () => {
    await using library = await open({ limits: { registrations: 5, share: 0.5 } });
    for (const status of [201, 201]) expect((await post(library, 'ada')).status).to.equal(status);
    const full = await post(library, 'ada');
    expect([full.status, full.headers.get('content-type')]).to.deep.equal([413, 'application/problem+json']);
    expect(full.body.detail).to.equal(
      "The organization 'acme' has filled its part of the directory: 2 Things in 33554432 bytes at most",
    );
    for (const status of [201, 201, 413]) expect((await post(library, 'ulf')).status).to.equal(status);
    expect((await post(library, 'boss')).status).to.equal(201);
    expect((await post(library, 'boss')).body.detail).to.match(/^The directory is full/);
    expect((await library.ask('DELETE', String(await firstOf(library, 'ada')), as('ada'))).status).to.equal(204);
    expect((await post(library, 'ada')).status).to.equal(201);
  });

  it('holds for bytes as well, and takes no more of what is there already', async () => {
    await using library = await open({ limits: { bytes: 8000, share: 0.5 } });
    const long = { description: 'x'.repeat(2500) };
    const path = '/things/urn:example:pump';
    expect((await library.ask('PUT', path, { body: pump(long), ...as('ada') })).status).to.equal(201);
    expect((await post(library, 'ada', long)).status).to.equal(413);
    expect((await post(library, 'ulf', long)).status).to.equal(201);
    expect((await library.ask('PATCH', path, { body: { title: 'Pumq' }, ...as('ada') })).status).to.equal(204);
    const longer = { description: 'x'.repeat(5000) };
    expect((await library.ask('PATCH', path, { body: longer, ...as('ada') })).status).to.equal(413);
  });

  it('is made free by what is over of the organization, and leaves that of others', async () => {
    let now = Date.parse('2026-03-04T06:00:00Z');
    const kept = createRecordsInMemory();
    const ended: (string | undefined)[] = [];
    const records: DirectoryRecords = {
      load: kept.load,
      keep(change) {
        if (change.remove !== undefined) ended.push(change.event.organization);
        return kept.keep(change);
      },
    };
    await using library = await open({
      records,
      limits: { registrations: 4, share: 0.5 },
      now: () => now,
      sweepInterval: 1_000_000,
    });
    const ending = { registration: { ttl: 60 } };
    for (const who of ['ulf', 'ada', 'ada']) expect((await post(library, who, ending)).status).to.equal(201);
    now += 60_000;
    for (const status of [201, 201, 413]) expect((await post(library, 'ada')).status).to.equal(status);
    expect(ended).to.deep.equal(['acme', 'acme']);
  });

  it('lets those that have more keep it, but get no more', async () => {
    const registrations = Array.from({ length: 3 }, (_, i) => {
      const id = `urn:example:${i}`;
      const created = '2026-03-04T06:00:00.000Z';
      return { id, td: pump({ id }), organization: 'acme', created, modified: created };
    });
    let place = 0;
    const records = { load: async () => ({ registrations, events: [] }), keep: async () => ++place };
    for (const limits of [{ registrations: 4 }, { bytes: 1600 }]) {
      await using library = await open({ records, limits: { ...limits, share: 0.5 } });
      for (const { id } of registrations) {
        expect((await library.ask('PATCH', `/things/${id}`, { body: {}, ...as('ada') })).status, id).to.equal(204);
      }
      expect((await post(library, 'ada')).status).to.equal(413);
      expect((await post(library, 'ulf')).status).to.equal(201);
    }
  });

  it('is a part', () => {
    for (const share of [0, -1, 1.1, Number.NaN]) {
      expect(() => directory({ limits: { share } }), String(share)).to.throw(RangeError);
    }
  });
});

/** The address of the first registration that somebody sees. */
async function firstOf(library: Library, who: string): Promise<string | undefined> {
  const { list } = await library.ask('GET', '/things', as(who));
  const registered = list.find(({ title }) => title === 'Pump');
  return registered && `/things/${String(registered.id)}`;
}
