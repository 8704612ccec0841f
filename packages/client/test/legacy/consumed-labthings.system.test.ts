import { expect } from 'chai';
import { filter, firstValueFrom, type Observable, take, toArray } from 'rxjs';
import {
  type ClientOptions,
  type ConsumedThing,
  type ConsumeOptions,
  consume,
  type Gap,
  type Schedule,
} from '../../src/index.js';
import { quickSchedule } from '../fixtures/quick-schedule.js';
import { rejection } from '../fixtures/rejection.js';
import { type StandIn, startStandIn } from '../fixtures/stand-in.js';

// What the client loads later meets the same core as this file only if this file is a module too, as programs are.
await import('../../src/legacy/open-legacy.js');

const next = <T>(stream: Observable<T> | undefined, wanted: (value: T) => boolean = () => true): Promise<T> => {
  if (!stream) throw new Error('no stream');
  return firstValueFrom(stream.pipe(filter(wanted)));
};

const quick = { schedule: quickSchedule, backOff: { minimum: 100, maximum: 200 } };

const start = (): Promise<StandIn> => startStandIn('labthings-stand-in.program.ts');
const open = (server: StandIn, options: ConsumeOptions & ClientOptions = {}): Promise<ConsumedThing> =>
  consume(server.url, { ...quick, ...options });

/** Follows a property, and waits for values one by one. */
function follow(thing: ConsumedThing, name: string) {
  const values: unknown[] = [];
  const errors: unknown[] = [];
  const property = thing.properties[name];
  if (!property) throw new Error(`no property ${name}`);
  const subscription = property.subscribe({
    next: (value) => values.push(value),
    error: (error) => errors.push(error),
  });
  return { values, errors, property, end: () => subscription.unsubscribe() };
}

const observed = (name: string) => ({
  is: (frames: readonly string[]) =>
    frames.filter((text) => text.includes('addPropertyObservation') && text.includes(`"${name}"`)).length,
});

describe('A Thing at a LabThings server', () => {
  it('is recognised by its description, and read and written over HTTP', async () => {
    await using server = await start();
    await using thing = await open(server);
    expect(await thing.properties.target?.read()).to.equal(20);
    expect(await thing.properties.target?.write(180)).to.equal(undefined);
    expect(await thing.readAll()).to.deep.equal({ target: 180, heat: 21.5, lid: 'open', note: '' });
    expect(await thing.readMultiple(['target', 'lid'])).to.deep.equal({ target: 180, lid: 'open' });
    await thing.writeMultiple({ target: 7, note: 'x' });
    expect(await thing.readMultiple(['target', 'note'])).to.deep.equal({ target: 7, note: 'x' });
    expect(thing.id).to.equal(server.url);
  });

  it('is recognised without the slash at the end of its URL, and when told to be one', async () => {
    await using server = await start();
    await using thing = await open(server, { dialect: 'labthings' });
    expect((await next(thing.connection)).transport).to.equal('websocket');
    const td = JSON.parse(JSON.stringify(thing.td));
    await using other = await consume(server.url.slice(0, -1), { ...quick, td });
    expect(await other.properties.target?.read()).to.equal(20);
    expect((await next(other.connection)).transport).to.equal('websocket');
  });

  it('offers no sub-protocol to its socket, which is its URL and ws', async () => {
    await using server = await start();
    await using _thing = await open(server, { token: 'secret' });
    const { upgrades } = await server.tell({ do: 'seen' });
    expect(upgrades).to.deep.equal([{ offered: '', authorization: 'Bearer secret' }]);
  });

  it('says in its errors what is wrong', async () => {
    await using server = await start();
    await using thing = await open(server);
    const wrong = await rejection(thing.properties.target?.write('hot'));
    expect([wrong.code, wrong.detail]).to.deep.equal(['invalid', 'target: Input should be a valid number']);
    expect((await rejection(thing.properties.heat?.write(3))).code).to.equal('notAllowed');
    expect((await rejection(thing.request({ op: 'readproperty', name: 'nothing' }))).code).to.equal('notFound');
    const several = await rejection(thing.writeMultiple({ target: 'hot', note: 'kept' }));
    expect(several.code).to.equal('failed');
    expect(Object.keys(several.errors ?? {})).to.deep.equal(['target']);
    expect(await thing.properties.note?.read()).to.equal('kept');
  });

  it('observes first and reads then, and gives every change once', async () => {
    await using server = await start();
    await using thing = await open(server);
    const target = follow(thing, 'target');
    await next(target.property, (value) => value === 20);
    const { frames, requests } = await server.tell({ do: 'seen' });
    expect(frames).to.deep.equal(['{"messageType":"addPropertyObservation","data":{"target":true}}']);
    expect(requests.filter((line) => line === 'GET /oven/target')).to.have.length.at.least(1);
    await server.tell({ do: 'set', name: 'target', value: 30 });
    await server.tell({ do: 'set', name: 'target', value: 40 });
    await next(target.property, (value) => value === 40);
    expect(target.values).to.deep.equal([20, 30, 40]);
  });

  it('tells nothing twice that it read and was told', async () => {
    await using server = await start();
    await using thing = await open(server);
    const target = follow(thing, 'target');
    await server.until(({ requests }) => requests.filter((line) => line === 'GET /oven/target').length >= 2);
    await thing.properties.target?.read();
    await server.tell({ do: 'set', name: 'target', value: 21 });
    await next(target.property, (value) => value === 21);
    expect(target.values).to.deep.equal([20, 21]);
  });

  it('polls what cannot be observed, and tells of its changes', async () => {
    await using server = await start();
    await using thing = await open(server);
    const lid = follow(thing, 'lid');
    await next(lid.property, (value) => value === 'open');
    await server.tell({ do: 'set', name: 'lid', value: 'shut' });
    await next(lid.property, (value) => value === 'shut');
    expect(lid.values).to.deep.equal(['open', 'shut']);
    expect(lid.errors).to.deep.equal([]);
    lid.end();
    const before = (await server.tell({ do: 'seen' })).requests.length;
    await new Promise((resolve) => quickSchedule(() => resolve(undefined), 3000));
    // One may have been on its way.
    expect((await server.tell({ do: 'seen' })).requests.length).to.be.at.most(before + 1);
  });

  it('reads once more after a burst, in which the server loses changes', async () => {
    await using server = await start();
    await using thing = await open(server);
    const target = follow(thing, 'target');
    await server.until(({ requests }) => requests.filter((line) => line === 'GET /oven/target').length >= 2);
    await server.tell({ do: 'burst', name: 'target', values: [1, 2, 3, 4, 5, 6, 7, 8] });
    await next(target.property, (value) => value === 8);
    expect(target.values).to.deep.equal([20, 1, 2, 3, 4, 5, 8]);
  });

  it('reads what a frame may have told that is no JSON', async () => {
    await using server = await start();
    await using thing = await open(server);
    const target = follow(thing, 'target');
    await server.until(({ requests }) => requests.filter((line) => line === 'GET /oven/target').length >= 2);
    await server.tell({ do: 'set', name: 'target', value: 99, silently: true });
    await server.tell({ do: 'frame', text: '{"messageType":"propertyStatus","data":{"target":NaN}}' });
    await next(target.property, (value) => value === 99);
  });

  it('observes and reads again after a reconnect, and tells of the gap first', async () => {
    await using server = await start();
    await using thing = await open(server);
    const story: unknown[] = [];
    thing.gaps.subscribe((gap: Gap) => story.push(gap));
    const target = follow(thing, 'target');
    thing.properties.target?.subscribe((value) => story.push(value));
    await next(target.property, (value) => value === 20);
    await new Promise((resolve) => quickSchedule(() => resolve(undefined), 1100));
    await server.tell({ do: 'cut' });
    await server.tell({ do: 'set', name: 'target', value: 55, silently: true });
    await next(target.property, (value) => value === 55);
    expect(observed('target').is((await server.tell({ do: 'seen' })).frames)).to.equal(2);
    expect(story).to.deep.equal([20, { kind: 'property', name: 'target' }, 55]);
  });

  it('reports the observation after which the connection drops again and again, and keeps the others', async () => {
    await using server = await start();
    await server.tell({ do: 'dropOn', name: 'note' });
    await using thing = await open(server);
    const target = follow(thing, 'target');
    const note = thing.properties.note;
    if (!note) throw new Error('no note');
    const error = await rejection(
      firstValueFrom(
        note.pipe(
          filter(() => false),
          take(1),
        ),
      ),
    );
    expect(error.code).to.equal('protocol');
    expect(error.detail).to.match(/drops the connection.*'note'/);
    await next(thing.connection, ({ state }) => state === 'open');
    await server.until(({ sockets }) => sockets === 1);
    const before = await server.tell({ do: 'seen' });
    await server.tell({ do: 'set', name: 'target', value: 61 });
    await next(target.property, (value) => value === 61);
    const after = await server.tell({ do: 'seen' });
    expect(observed('note').is(after.frames)).to.equal(observed('note').is(before.frames)).and.at.most(4);
    expect(after.upgrades.length).to.equal(before.upgrades.length);
  });

  it('polls everything where its socket cannot be opened, unless a WebSocket was asked for', async () => {
    await using server = await start();
    const td = { ...(await (await fetch(server.url)).json()) };
    const elsewhere = { ...quick, td, dialect: 'labthings' } as const;
    await using thing = await consume(server.url.replace('/oven/', '/oven//'), elsewhere);
    expect((await next(thing.connection)).transport).to.equal('http');
    const error = await rejection(
      consume(server.url.replace('/oven/', '/oven//'), { ...elsewhere, transport: 'websocket' }),
    );
    expect(error.code).to.equal('forbidden');
  });

  it('polls everything over HTTP alone, and opens no socket', async () => {
    await using server = await start();
    await using thing = await open(server, { transport: 'http' });
    const target = follow(thing, 'target');
    await next(target.property, (value) => value === 20);
    await server.tell({ do: 'set', name: 'target', value: 33 });
    await next(target.property, (value) => value === 33);
    expect((await server.tell({ do: 'seen' })).upgrades).to.deep.equal([]);
  });

  it('follows an action by polling, hastened by what its socket says: progress, log and output', async () => {
    await using server = await start();
    await using thing = await open(server);
    const baking = thing.actions.bake?.({ minutes: 30 });
    if (!baking) throw new Error('no action');
    const id = await baking.id;
    const progress = firstValueFrom(baking.progress.pipe(toArray()));
    const log = firstValueFrom(baking.log.pipe(toArray()));
    const line = (message: string) => ({ message, created: '2026-03-04T06:20:00.010', levelname: 'INFO' });
    await server.tell({ do: 'run', state: 'running', with: { progress: { percent: 40 }, log: [line('door locked')] } });
    expect(await firstValueFrom(baking.progress)).to.deep.equal({ percent: 40 });
    expect((await baking.status()).state).to.equal('running');
    await server.tell({
      do: 'run',
      state: 'completed',
      with: { output: { crust: 'brown' }, log: [line('door locked'), line('done')] },
    });
    expect(await baking.output).to.deep.equal({ crust: 'brown' });
    expect(await progress).to.deep.equal([{ percent: 40 }]);
    expect(await log).to.deep.equal(['door locked', 'done']);
    const { statuses } = await thing.request({ op: 'queryallactions' });
    expect(statuses?.bake?.map(({ actionID, state }) => [actionID, state])).to.deep.equal([[id, 'completed']]);
  });

  it('asks for a run after 50 ms and then every 500 ms, at once when its socket gives a hint', async () => {
    await using server = await start();
    const delays: number[] = [];
    // The second question would never be asked, were it not for the hint.
    const schedule: Schedule = (run, milliseconds) => {
      delays.push(milliseconds);
      return milliseconds === 500 ? () => {} : quickSchedule(run, milliseconds);
    };
    await using thing = await consume(server.url, { schedule });
    const baking = thing.actions.bake?.({});
    await server.until(({ requests }) => requests.some((line) => line.startsWith('GET /action_invocations/')));
    while (!delays.includes(500)) await new Promise((resolve) => setImmediate(resolve));
    await server.tell({ do: 'run', state: 'completed', with: { output: 1 } });
    expect(await baking?.output).to.equal(1);
    expect(delays.filter((delay) => delay === 50 || delay === 500)).to.deep.equal([50, 500]);
  });

  it('gives an action that failed its error, and one that was cancelled by somebody aborted', async () => {
    await using server = await start();
    await using thing = await open(server);
    const first = thing.actions.bake?.({});
    await first?.id;
    await server.tell({
      do: 'run',
      state: 'error',
      with: { error: { title: 'OvenError', detail: 'too hot', status: 500 } },
    });
    const failure = await rejection(first?.output);
    expect([failure.code, failure.detail]).to.deep.equal(['failed', 'too hot']);
    const second = thing.actions.bake?.({});
    await second?.id;
    await server.tell({ do: 'run', state: 'cancelled' });
    expect((await rejection(second?.output)).code).to.equal('aborted');
  });

  it('cancels, and says conflict for what has ended', async () => {
    await using server = await start();
    await using thing = await open(server);
    const baking = thing.actions.bake?.({});
    const actionID = (await baking?.id) ?? '';
    await baking?.cancel();
    expect((await rejection(baking?.output)).code).to.equal('aborted');
    const again = thing.request({ op: 'cancelaction', name: 'bake', actionID });
    expect((await rejection(again)).code).to.equal('conflict');
    const unknown = thing.request({ op: 'queryaction', name: 'bake', actionID: 'nobody' });
    expect((await rejection(unknown)).code).to.equal('notFound');
  });

  it('observes all properties at once, polled ones too', async () => {
    await using server = await start();
    await using thing = await open(server);
    const seen: unknown[] = [];
    const openings: string[] = [];
    thing
      .observe({ op: 'observeallproperties' }, (opening) => openings.push(opening))
      .subscribe(({ name, value }) => seen.push([name, value]));
    await server.until(({ frames }) => frames.length === 4);
    await server.until(() => openings.length === 1);
    // What a polled one changes to before it was read first is where it begins.
    await server.until(({ requests }) => requests.includes('GET /oven/lid'));
    await server.tell({ do: 'set', name: 'note', value: 'a' });
    await server.tell({ do: 'set', name: 'lid', value: 'shut' });
    await server.until(() => seen.length === 2);
    expect(seen).to.deep.equal([
      ['note', 'a'],
      ['lid', 'shut'],
    ]);
    expect(openings).to.deep.equal(['new']);
  });

  it('closes its socket and all streams, and rejects what comes later', async () => {
    await using server = await start();
    const thing = await open(server);
    const ended = firstValueFrom(thing.observe({ op: 'observeproperty', name: 'target' }).pipe(toArray()));
    const baking = thing.actions.bake?.({});
    await baking?.id;
    await thing.close();
    await thing.close();
    expect(await ended).to.deep.equal([]);
    expect((await rejection(baking?.output)).code).to.equal('disconnected');
    expect((await rejection(thing.properties.target?.read())).code).to.equal('disconnected');
    await server.until(({ sockets }) => sockets === 0);
  });
});
