import type { Policy } from '@thingwright/core';
import { expect } from 'chai';
import { OPEN_ACCESS } from '../src/access.js';
import { createRecordsInMemory } from '../src/records.js';
import { follow } from './followed.js';
import { access, anonymous, as, authenticate, LAMP_ID, lamp, openLibrary, pump } from './library.js';

const PUMP = '/things/urn:example:pump';
const PUMP_ID = 'urn:example:pump';

describe('events of a directory', () => {
  it('tell of each change, in order, and of nothing else', async () => {
    await using library = await openLibrary();
    using stream = await follow(`${library.url}/events`);
    expect(stream.response.headers.get('content-type')).to.match(/^text\/event-stream/);
    await library.ask('PUT', PUMP, { body: pump() });
    await library.ask('PUT', PUMP, { body: pump({ title: 7 }) });
    await library.ask('PATCH', PUMP, { body: { title: 'Bilge' } });
    await library.ask('DELETE', PUMP);
    await library.ask('DELETE', PUMP);
    const messages = await stream.next(3);
    expect(messages.map(({ event }) => event)).to.deep.equal(['thing_created', 'thing_updated', 'thing_deleted']);
    for (const { data } of messages) expect(JSON.parse(data)).to.deep.equal({ id: PUMP_ID });
    const ids = messages.map(({ id }) => Number(id));
    expect(ids).to.deep.equal(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).to.equal(3);
    expect(stream.text.startsWith('event: thing_created\n')).to.equal(true);
  });

  it('tell what is new and what changed to those who ask for it', async () => {
    await using library = await openLibrary();
    using stream = await follow(`${library.url}/events?diff=true`);
    await library.ask('PUT', PUMP, { body: pump({ tag: 'x' }) });
    await library.ask('PATCH', PUMP, { body: { title: 'Bilge', tag: null } });
    await library.ask('PATCH', PUMP, { body: {} });
    await library.ask('DELETE', PUMP);
    const [created, updated, touched, deleted] = (await stream.next(4)).map(({ data }) => JSON.parse(data));
    expect(created).to.include({ id: PUMP_ID, title: 'Pump', tag: 'x' });
    expect(created.registration).to.have.all.keys('created', 'modified');
    const { registration, ...changes } = updated;
    expect(changes).to.deep.equal({ id: PUMP_ID, title: 'Bilge', tag: null });
    expect(Object.keys(touched).filter((name) => name !== 'registration')).to.deep.equal(['id']);
    expect(deleted).to.deep.equal({ id: PUMP_ID });
  });

  it('are of one type where one is named', async () => {
    await using library = await openLibrary();
    using stream = await follow(`${library.url}/events/thing_deleted`);
    await library.ask('PUT', PUMP, { body: pump() });
    await library.ask('PATCH', PUMP, { body: {} });
    await library.ask('DELETE', PUMP);
    const [only] = await stream.next();
    expect(only?.event).to.equal('thing_deleted');
    expect(stream.text).not.to.include('thing_created');
    expect((await library.ask('GET', '/events/thing_exploded')).status).to.equal(404);
    expect((await library.ask('GET', '/events?diff=maybe')).status).to.equal(400);
    expect((await library.ask('GET', '/events?type=thing_created')).status).to.equal(400);
    expect((await library.ask('POST', '/events', { body: {} })).status).to.equal(405);
  });

  it('that somebody missed come when they come back, before those that follow', async () => {
    await using library = await openLibrary();
    const first = await follow(`${library.url}/events`);
    await library.ask('PUT', PUMP, { body: pump() });
    const [seen] = await first.next();
    first[Symbol.dispose]();
    const { headers } = await library.ask('POST', '/things', { body: anonymous() });
    const anonymousID = headers.get('location')?.replace('/things/', '');
    await library.ask('DELETE', PUMP);
    using again = await follow(`${library.url}/events`, { 'last-event-id': seen?.id ?? '' });
    await library.ask('PUT', PUMP, { body: pump() });
    const messages = await again.next(3);
    expect(messages.map(({ event, data }) => [event, JSON.parse(data).id])).to.deep.equal([
      ['thing_created', anonymousID],
      ['thing_deleted', PUMP_ID],
      ['thing_created', PUMP_ID],
    ]);
    expect(again.text).not.to.include('gap');
  });

  it('that are there no more are a gap that is told', async () => {
    await using library = await openLibrary({ limits: { journal: { count: 2, size: 1_000_000 } } });
    using stream = await follow(`${library.url}/events`);
    for (let i = 0; i < 5; i++) await library.ask('POST', '/things', { body: anonymous() });
    const ids = (await stream.next(5)).map(({ id }) => id);
    for (const [last, count] of [
      [ids[0], 3],
      ['nonsense', 0],
      ['9999999999999999', 0],
    ] as const) {
      using again = await follow(`${library.url}/events`, { 'last-event-id': last ?? '' });
      await again.until(': gap: something may have been missed\n');
      if (count > 0) expect((await again.next(count)).map(({ id }) => id)).to.deep.equal(ids.slice(-count));
    }
  });

  it('tell of the Things of the Site itself, which those who may see them get as they are', async () => {
    await using library = await openLibrary();
    using stream = await follow(`${library.url}/events?diff=true`);
    const id = 'urn:uuid:22222222-2222-4222-8222-222222222222';
    library.site.add('second', lamp(), { id });
    library.site.setTitle('second', 'Torch');
    const [created, updated] = (await stream.next(2)).map(({ data }) => JSON.parse(data));
    expect(created).to.include({ id });
    expect(created.properties).to.have.property('level');
    expect(updated).to.deep.equal({ id, title: 'Torch' });
    await library.site.remove('second');
    const [deleted] = await stream.next();
    expect([deleted?.event, deleted?.data]).to.deep.equal(['thing_deleted', JSON.stringify({ id })]);
    expect(stream.text).not.to.include(LAMP_ID);
  });

  it('are for those who may see the Thing, later too', async () => {
    await using library = await openLibrary({ access }, { authenticate, policy: () => true });
    const { headers } = as('ulf');
    using stream = await follow(`${library.url}/events`, headers);
    await library.ask('PUT', PUMP, { body: pump(), ...as('ada') });
    await library.ask('DELETE', PUMP, as('ada'));
    await library.ask('POST', '/things', { body: anonymous(), ...as('ulf') });
    const [only] = await stream.next();
    expect(stream.text).not.to.include(PUMP_ID);
    const before = String(Number(only?.id) - 3);
    using again = await follow(`${library.url}/events`, { ...headers, 'last-event-id': before });
    expect((await again.next())[0]?.id).to.equal(only?.id);
    expect(again.text).not.to.include(PUMP_ID);
  });

  it('of own Things are for those who may see them', async () => {
    const mayAda: Policy = ({ principal: { id } }) => id === 'user:ada';
    await using library = await openLibrary({ access }, { authenticate, policy: mayAda });
    using seen = await follow(`${library.url}/events`, as('ada').headers);
    using unseen = await follow(`${library.url}/events`, as('boss').headers);
    library.site.add('second', lamp(), { id: 'urn:uuid:22222222-2222-4222-8222-222222222222' });
    expect((await seen.next())[0]?.event).to.equal('thing_created');
    await library.ask('PUT', PUMP, { body: pump(), ...as('ada') });
    expect((await unseen.next())[0]?.data).to.equal(JSON.stringify({ id: PUMP_ID }));
  });

  it('are looked at for nobody who has gone', async () => {
    let looks = 0;
    const maySee = (): boolean => {
      looks++;
      return true;
    };
    await using library = await openLibrary({ access: { ...OPEN_ACCESS, maySee } });
    const looksAtOne = async (): Promise<number> => {
      const before = looks;
      await library.ask('POST', '/things', { body: anonymous() });
      return looks - before;
    };
    const stream = await follow(`${library.url}/events`);
    expect(await looksAtOne()).to.equal(1);
    stream[Symbol.dispose]();
    // The server hears of it when it does; nothing else says so.
    let left = 1;
    for (let tries = 0; left > 0 && tries < 1000; tries++) left = await looksAtOne();
    expect(left).to.equal(0);
  });

  it('end with the server, and leave a HEAD alone', async () => {
    const library = await openLibrary({ records: createRecordsInMemory() });
    const head = await library.ask('HEAD', '/events');
    expect([head.status, head.text]).to.deep.equal([200, '']);
    expect(head.headers.get('content-type')).to.match(/^text\/event-stream/);
    using stream = await follow(`${library.url}/events`);
    const ended = stream.ended();
    await library[Symbol.asyncDispose]();
    await ended;
  });

  it('tell when a registration is over', async () => {
    let now = Date.parse('2026-03-04T06:00:00Z');
    await using library = await openLibrary({ now: () => now, sweepInterval: 5 });
    using stream = await follow(`${library.url}/events/thing_deleted`);
    await library.ask('PUT', PUMP, { body: pump({ registration: { ttl: 60 } }) });
    now += 60_000;
    expect(JSON.parse((await stream.next())[0]?.data ?? '')).to.deep.equal({ id: PUMP_ID });
  });
});
