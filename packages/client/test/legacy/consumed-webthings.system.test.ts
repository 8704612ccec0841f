import { expect } from 'chai';
import { filter, firstValueFrom, type Observable, toArray } from 'rxjs';
import { type ClientOptions, type ConsumedThing, type ConsumeOptions, consume } from '../../src/index.js';
import { quickSchedule } from '../fixtures/quick-schedule.js';
import { rejection } from '../fixtures/rejection.js';
import { type StandIn, startStandIn } from '../fixtures/stand-in.js';

// What the client loads later meets the same core as this file only if this file is a module too, as programs are.
await import('../../src/legacy/open-legacy.js');

const stream = <T>(one: Observable<T> | undefined): Observable<T> => {
  if (!one) throw new Error('no stream');
  return one;
};

const next = <T>(one: Observable<T> | undefined, wanted: (value: T) => boolean = () => true): Promise<T> =>
  firstValueFrom(stream(one).pipe(filter(wanted)));

const open = (server: StandIn, options: ConsumeOptions & ClientOptions = {}): Promise<ConsumedThing> =>
  consume(server.url, { schedule: quickSchedule, backOff: { minimum: 100, maximum: 200 }, ...options });

const collect = <T>(stream: Observable<T> | undefined): T[] => {
  const values: T[] = [];
  stream?.subscribe((value) => values.push(value));
  return values;
};

for (const flavour of ['gateway', 'library'] as const) {
  const isGateway = flavour === 'gateway';
  const start = (): Promise<StandIn> => startStandIn('webthings-stand-in.program.ts', flavour);

  describe(`A Thing at a WebThings ${flavour}`, () => {
    it('is recognised by its description, which becomes a TD', async () => {
      await using server = await start();
      await using thing = await open(server);
      expect((await next(thing.connection)).transport).to.equal('websocket');
      expect(thing.td.title).to.equal('Kiln');
      const { target } = thing.td.properties ?? {};
      expect(target?.minimum).to.equal(0);
      expect(target?.title).to.equal('target');
      expect(thing.td.events?.overheated?.data).to.deep.equal({ type: 'number', unit: 'degree celsius' });
      expect(Object.keys(thing.events)).to.deep.equal(['overheated', 'cleaned']);
    });

    it('is read and written in its own shape', async () => {
      await using server = await start();
      await using thing = await open(server);
      expect(await thing.properties.target?.read()).to.equal(20);
      expect(await thing.properties.target?.write(180)).to.equal(isGateway ? undefined : 180);
      expect(await thing.properties.profile?.read()).to.deep.equal({ ramp: 5 });
      expect(await thing.readAll()).to.deep.equal({ target: 180, fan: false, profile: { ramp: 5 } });
      expect(await thing.readMultiple(['fan'])).to.deep.equal({ fan: false });
      const { requests } = await server.tell({ do: 'seen' });
      expect(requests.find((line) => line.startsWith('PUT'))).to.match(isGateway ? / 180$/ : / \{"target":180\}$/);
      expect((await rejection(thing.properties.target?.write('hot'))).code).to.equal('invalid');
    });

    it(`offers webthing${isGateway ? '' : ', and nothing where that is not echoed'}`, async () => {
      await using server = await start();
      await using _thing = await open(server, { token: 'secret' });
      const { upgrades } = await server.tell({ do: 'seen' });
      const authorization = 'Bearer secret';
      const offers = isGateway ? ['webthing'] : ['webthing', ''];
      expect(upgrades).to.deep.equal(offers.map((offered) => ({ offered, authorization })));
    });

    it('gives the present value first, and every change', async () => {
      await using server = await start();
      await using thing = await open(server);
      const values = collect(thing.properties.target);
      await next(thing.properties.target, (value) => value === 20);
      await server.tell({ do: 'set', name: 'target', value: 30 });
      await next(thing.properties.target, (value) => value === 30);
      expect(values).to.deep.equal([20, 30]);
      expect((await server.tell({ do: 'seen' })).frames).to.deep.equal([]);
    });

    it('sends its events once they are subscribed to', async () => {
      await using server = await start();
      await using thing = await open(server);
      const all = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'overheated' }));
      const cleaned = firstValueFrom(stream(thing.events.cleaned));
      await server.until(({ frames }) => frames.length === 2);
      await server.tell({ do: 'emit', name: 'overheated', data: 1290 });
      await server.tell({ do: 'emit', name: 'cleaned', data: null });
      const { value, time, kind } = await all;
      expect([value, time, kind]).to.deep.equal([1290, '2026-03-04T06:30:15+00:00', 'event']);
      expect(await cleaned).to.equal(undefined);
      const { frames } = await server.tell({ do: 'seen' });
      expect(frames).to.include('{"messageType":"addEventSubscription","data":{"overheated":{}}}');
    });

    it('is subscribed to again after a reconnect, which is told as a gap', async () => {
      await using server = await start();
      await using thing = await open(server);
      const openings: string[] = [];
      const gaps = collect(thing.gaps);
      const event = thing.observe({ op: 'subscribeevent', name: 'overheated' }, (opening) => openings.push(opening));
      const values = collect(event);
      const target = collect(thing.properties.target);
      await next(thing.properties.target, (value) => value === 20);
      await new Promise((resolve) => quickSchedule(() => resolve(undefined), 1100));
      await server.tell({ do: 'cut' });
      await server.tell({ do: 'set', name: 'target', value: 66, silently: true });
      await next(thing.properties.target, (value) => value === 66);
      await server.until(({ frames }) => frames.length === 2);
      await server.tell({ do: 'emit', name: 'overheated', data: 1 });
      await server.until(() => values.length === 1);
      expect(openings).to.deep.equal(['new', 'gap']);
      expect(target.at(-1)).to.equal(66);
      expect(gaps).to.have.deep.members([
        { kind: 'event', name: 'overheated' },
        { kind: 'property', name: 'target' },
      ]);
    });

    it('invokes over HTTP, and finds its own run among others by where it is', async () => {
      await using server = await start();
      await using thing = await open(server);
      const first = thing.actions.bake?.({ minutes: 1 });
      const second = thing.actions.bake?.({ minutes: 2 });
      await Promise.all([first?.id, second?.id]);
      const timeCompleted = '2026-03-04T06:21:00+00:00';
      await server.tell({ do: 'run', state: 'completed', with: { timeCompleted, output: 'brown' } });
      const [early] = await Promise.race([
        first?.output.then(() => ['first']) ?? [],
        second?.output.then(() => ['second']) ?? [],
      ]);
      const runs = await thing.request({ op: 'queryallactions' });
      const ended = runs.statuses?.bake?.filter(({ state }) => state === 'completed') ?? [];
      expect(ended).to.have.length(1);
      expect(ended[0]?.actionID).to.equal(await (early === 'first' ? first : second)?.id);
      const { requests } = await server.tell({ do: 'seen' });
      expect(requests.some((line) => line.endsWith('/actions {"bake":{"input":{"minutes":1}}}'))).to.equal(true);
      expect((await (early === 'first' ? second : first)?.status())?.state).to.equal('pending');
    });

    it('takes a word that nobody knows for unfinished, until it is said when it ended', async () => {
      await using server = await start();
      await using thing = await open(server);
      const baking = thing.actions.bake?.({});
      await baking?.id;
      await server.tell({ do: 'run', state: 'glazing' });
      expect((await baking?.status())?.state).to.equal('running');
      await server.tell({ do: 'run', state: 'glazed', with: { timeCompleted: '2026-03-04T06:21:00+00:00' } });
      expect(await baking?.output).to.equal(undefined);
    });

    it('gives the error of an action that failed', async () => {
      await using server = await start();
      await using thing = await open(server);
      const baking = thing.actions.bake?.({});
      await baking?.id;
      const error = { title: 'Bad Gateway', detail: 'no gas', status: 502 };
      await server.tell({ do: 'run', state: 'failed', with: { timeCompleted: '2026-03-04T06:21:00+00:00', error } });
      expect((await rejection(baking?.output)).detail).to.equal('no gas');
    });

    it('cancels a run', async () => {
      await using server = await start();
      await using thing = await open(server);
      const baking = thing.actions.bake?.({});
      const actionID = (await baking?.id) ?? '';
      await thing.request({ op: 'cancelaction', name: 'bake', actionID });
      expect((await rejection(baking?.output)).code).to.equal('aborted');
    });

    it('refuses what it does not have', async () => {
      await using server = await start();
      await using thing = await open(server);
      expect((await rejection(thing.request({ op: 'readproperty', name: '__proto__' }))).code).to.equal('notFound');
      const nothing = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'constructor' }));
      expect((await rejection(nothing)).code).to.equal('notFound');
    });

    it('ends all streams when the Thing is gone, and does not come back', async () => {
      await using server = await start();
      await using thing = await open(server);
      const ended = rejection(firstValueFrom(stream(thing.properties.target).pipe(toArray())));
      await next(thing.properties.target);
      await server.tell({ do: 'frame', text: '{"messageType":"thingRemoved","id":"kiln","data":{}}' });
      expect((await ended).code).to.equal('notFound');
      expect((await next(thing.connection, ({ state }) => state === 'closed')).error?.code).to.equal('notFound');
      await server.until(({ sockets }) => sockets === 0);
      const event = rejection(firstValueFrom(stream(thing.events.overheated)));
      expect((await event).code).to.equal('notFound');
    });
  });
}

describe('A WebThings gateway that refuses the credentials of a socket', () => {
  it('is polled', async () => {
    await using server = await startStandIn('webthings-stand-in.program.ts', 'gateway');
    await server.tell({ do: 'describe', members: { links: [{ rel: 'alternate', href: 'ws://here/elsewhere' }] } });
    await using thing = await open(server);
    expect((await next(thing.connection)).transport).to.equal('http');
    await next(thing.properties.target, (value) => value === 20);
    await server.tell({ do: 'set', name: 'target', value: 21 });
    await next(thing.properties.target, (value) => value === 21);
    expect((await rejection(firstValueFrom(stream(thing.events.overheated)))).code).to.equal('protocol');
  });
});
