import { expect } from 'chai';
import { at, isObject } from '../fixture/consumer.js';
import { ADMIN, anonymous, type Library, openLibrary, PUMP, pump } from '../fixture/directory.js';
import { type EventStream, openStream } from '../fixture/event-stream.js';
import { mediaType } from '../fixture/http.js';

const ADDRESS = `/things/${PUMP}`;

describe('WoT Discovery: events of a directory', () => {
  let library: Library;
  beforeEach(async () => {
    library = await openLibrary();
  });
  afterEach(() => library[Symbol.asyncDispose]());
  const follow = (path: string, headers: Record<string, string> = {}): Promise<EventStream> =>
    openStream(library.url + path, { token: ADMIN, headers });
  const dataOf = async (stream: EventStream, count: number): Promise<readonly unknown[]> =>
    (await stream.count(count)).map(({ data }): unknown => JSON.parse(data));

  it('tdd-notification-sse, tdd-notification-event-types, tdd-notification-data, tdd-notification-data-td-id: a stream of three types, whose data have the id', async () => {
    await using stream = await follow('/events');
    expect([stream.response.statusCode, mediaType(stream.response)]).to.deep.equal([200, 'text/event-stream']);
    await library.putPump();
    await library.ask(`PATCH ${ADDRESS}`, { json: { title: 'Bilge' } });
    await library.ask(`DELETE ${ADDRESS}`);
    expect(await dataOf(stream, 3)).to.deep.equal([{ id: PUMP }, { id: PUMP }, { id: PUMP }]);
    expect(stream.messages.map(({ event }) => event)).to.deep.equal([
      'thing_created',
      'thing_updated',
      'thing_deleted',
    ]);
  });

  it('tdd-notification-filter-type: one type can be followed alone', async () => {
    await using stream = await follow('/events/thing_created');
    await library.putPump();
    await library.ask(`PATCH ${ADDRESS}`, { json: { title: 'Bilge' } });
    await library.ask(`DELETE ${ADDRESS}`);
    await library.putPump();
    await stream.count(2);
    expect(stream.messages.map(({ event }) => event)).to.deep.equal(['thing_created', 'thing_created']);
    expect((await library.ask('GET /events/thing_exploded')).status).to.equal(404);
  });

  it('tdd-notification-event-id: events have ids, by which a reader that comes back gets what it missed', async () => {
    let last: string | undefined;
    {
      await using stream = await follow('/events');
      await library.putPump();
      last = (await stream.count(1))[0]?.id;
    }
    await library.ask('POST /things', { json: anonymous() });
    await library.ask('POST /things', { json: anonymous() });
    await using again = await follow('/events', { 'last-event-id': last ?? '' });
    const missed = await again.count(2);
    expect(missed.map(({ event }) => event)).to.deep.equal(['thing_created', 'thing_created']);
    expect(new Set([last, ...missed.map(({ id }) => id)]).size).to.equal(3);
  });

  it('tdd-notification-data-create-full: with diff, what is new comes whole', async () => {
    await using stream = await follow('/events?diff=true');
    await library.putPump({ tag: 'x' });
    const [td] = await dataOf(stream, 1);
    expect(td).to.include({ id: PUMP, title: 'Pump', tag: 'x' });
  });

  it('tdd-notification-data-update-diff, tdd-notification-data-update-id: with diff, what changed comes as a merge patch with the id', async () => {
    await library.putPump({ tag: 'x', properties: {} });
    await using stream = await follow('/events?diff=true');
    await library.ask(`PUT ${ADDRESS}`, { json: pump({ title: 'Bilge', properties: {} }) });
    await library.ask(`PATCH ${ADDRESS}`, { json: {} });
    const [changed, touched] = await dataOf(stream, 2);
    const { registration: _, ...patch } = isObject(changed) ? changed : {};
    expect(patch).to.deep.equal({ id: PUMP, title: 'Bilge', tag: null });
    expect(at(touched, 'id')).to.equal(PUMP);
  });

  it('tdd-notification-data-delete-diff: with diff, what is gone has its id alone', async () => {
    await library.putPump();
    await using stream = await follow('/events?diff=true');
    await library.ask(`DELETE ${ADDRESS}`);
    expect(await dataOf(stream, 1)).to.deep.equal([{ id: PUMP }]);
  });
});
