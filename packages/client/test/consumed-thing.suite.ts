import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { BehaviorSubject, filter, firstValueFrom, type Observable, take, toArray } from 'rxjs';
import { type ClientOptions, type ConsumedThing, type ConsumeOptions, consume } from '../src/index.js';
import { openProxy } from './fixtures/cuttable-proxy.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';
import { rejection } from './fixtures/rejection.js';
import { serveVent } from './fixtures/served-vent.js';
import { Vent } from './fixtures/vent.js';

const collect = <T>(stream: Observable<T>): T[] => {
  const values: T[] = [];
  stream.subscribe((value) => values.push(value));
  return values;
};

const next = <T>(stream: Observable<T>, wanted: (value: T) => boolean = () => true): Promise<T> =>
  firstValueFrom(stream.pipe(filter(wanted)));

const state = (thing: Pick<ConsumedThing, 'connection'>, wanted: string): Promise<unknown> =>
  next(thing.connection, (now) => now.state === wanted);

/** Counts the event streams that have begun. */
function countStreams() {
  const begun = new BehaviorSubject(0);
  const countingFetch: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    if (response.headers.get('Content-Type') === 'text/event-stream') begun.next(begun.value + 1);
    return response;
  };
  return { begun, fetch: countingFetch };
}

/** Resolves when so many subscriptions are being served: on one socket by the order of requests, else by their streams. */
async function subscribed(
  thing: Pick<ConsumedThing, 'request' | 'connection'>,
  { begun }: ReturnType<typeof countStreams>,
  count: number,
): Promise<void> {
  const { transport } = await firstValueFrom(thing.connection);
  if (transport === 'http') await next(begun, (streams) => streams >= count);
  else await thing.request({ op: 'readproperty', name: 'angle' });
}

/** What a consumed Thing does over whatever transport, against the real server. */
export function consumedThingSuite(transport: 'websocket' | 'http'): void {
  const open = (url: string, options: ConsumeOptions & ClientOptions = {}) =>
    consume(Vent, url, { transport, ...options });

  describe(`A Thing consumed over ${transport}`, () => {
    it('reads, writes and confirms', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      expect(await thing.properties.angle.read()).to.equal(35);
      await thing.properties.angle.write(41.6);
      expect(server.angle.get()).to.equal(42);
      expect(await thing.properties.serial.read()).to.equal('SN-7');
      expect(await thing.properties.pin.write('4711')).to.equal(undefined);
    });

    it('reads and writes many at once', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      expect(await thing.readAll()).to.deep.equal({ angle: 35, wind: 6.8, mode: 'auto', serial: 'SN-7' });
      expect(await thing.readMultiple(['wind', 'serial'])).to.deep.equal({ wind: 6.8, serial: 'SN-7' });
      await thing.writeMultiple({ angle: 10 });
      expect(server.angle.get()).to.equal(10);
      await thing.writeAll({ angle: 20, mode: 'manual', pin: '1' });
      expect(server.angle.get()).to.equal(20);
    });

    it('names every fault of a value that the Thing refuses', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      const error = await rejection(thing.properties.angle.write(91));
      expect(error.code).to.equal('invalid');
      expect(error.faults).to.have.lengthOf(1);
      expect(server.angle.get()).to.equal(35);
    });

    it('gives the present value of a property first, then its changes, to all who subscribe', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      const one = collect(thing.properties.angle);
      await next(thing.properties.angle);
      const other = collect(thing.properties.angle);
      server.angle.set(36);
      await next(thing.properties.angle, (angle) => angle === 36);
      server.angle.set(37);
      await next(thing.properties.angle, (angle) => angle === 37);
      expect(one).to.deep.equal([35, 36, 37]);
      expect(other).to.deep.equal([35, 36, 37]);
    });

    it('gives events with and without data', async () => {
      const streams = countStreams();
      await using server = await serveVent();
      await using thing = await open(server.url, { fetch: streams.fetch });
      const jammed = next(thing.events.jammed);
      const rain = next(thing.events.rainStarted);
      await subscribed(thing, streams, 2);
      server.jammed.next({ angle: 44 });
      server.rainStarted.next();
      expect(await jammed).to.deep.equal({ angle: 44 });
      expect(await rain).to.equal(undefined);
    });

    it('observes all properties at once, for tools, as they are on the wire', async () => {
      const streams = countStreams();
      await using server = await serveVent();
      await using thing = await open(server.url, { fetch: streams.fetch });
      const seen = firstValueFrom(thing.observe({ op: 'observeallproperties' }).pipe(take(2), toArray()));
      await subscribed(thing, streams, 1);
      server.wind.set(7);
      server.angle.set(1);
      const notifications = await seen;
      expect(notifications.map(({ name, value }) => [name, value])).to.deep.equal([
        ['wind', 7],
        ['angle', 1],
      ]);
      for (const { id, thing: from, kind, time } of notifications) {
        expect(id).to.be.a('string').with.length.above(10);
        expect(from).to.equal(thing.id);
        expect(kind).to.equal('property');
        expect(Date.parse(time)).to.be.above(0);
      }
    });

    it('runs a synchronous action', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      const job = thing.actions.beep({ times: 2 });
      expect(await job.output).to.equal(true);
      expect(await rejection(job.id)).to.have.property('code', 'notAllowed');
      expect(await rejection(thing.actions.beep({ times: 0 }).output)).to.have.property('code', 'invalid');
    });

    it('follows an asynchronous action: progress, log, output', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      server.sweeps.subscribe((sweep) => {
        for (const percent of [10, 60]) sweep.progress({ percent });
        sweep.log('half way');
        sweep.finish({ steps: sweep.to });
      });
      const job = thing.actions.sweep({ to: 80 });
      const progress = collect(job.progress);
      const lines = collect(job.log);
      expect(await job.output).to.deep.equal({ steps: 80 });
      expect(progress).to.deep.equal([{ percent: 10 }, { percent: 60 }]);
      expect(lines).to.deep.equal(['half way']);
      expect(await job.status()).to.include({ state: 'completed', actionID: await job.id });
    });

    it('follows an action without input or output', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      expect(await thing.actions.calibrate().output).to.equal(undefined);
    });

    it('tells the error of an action once', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      server.sweeps.subscribe(({ finish }) => finish(new ThingError('unavailable', 'the vent is blocked')));
      const job = thing.actions.sweep({ to: 1 });
      const progress = firstValueFrom(job.progress.pipe(toArray()));
      expect(await rejection(job.output)).to.include({ code: 'unavailable', detail: 'the vent is blocked' });
      expect(await progress).to.deep.equal([]);
    });

    it('cancels an action, by its method and by a signal', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      for (const how of ['method', 'signal'] as const) {
        const started = firstValueFrom(server.sweeps);
        const abort = new AbortController();
        const job = thing.actions.sweep({ to: 1 }, { signal: abort.signal });
        const { signal } = await started;
        await job.id;
        const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
        if (how === 'method') await job.cancel();
        else abort.abort(new Error('enough'));
        expect(await rejection(job.output)).to.have.property('code', 'aborted');
        await stopped;
      }
    });

    it('refuses to cancel what is over', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      server.sweeps.subscribe(({ finish }) => finish({ steps: 1 }));
      const job = thing.actions.sweep({ to: 1 });
      await job.output;
      expect(await rejection(job.cancel())).to.have.property('code', 'conflict');
    });

    it('lets an action go on when it is closed', async () => {
      await using server = await serveVent();
      await using thing = await open(server.url);
      const started = firstValueFrom(server.sweeps);
      const job = thing.actions.sweep({ to: 1 });
      const { signal } = await started;
      await thing.close();
      expect(await rejection(job.output)).to.have.property('code', 'disconnected');
      expect(signal.aborted).to.equal(false);
    });

    it('comes back after the line was cut, and loses nothing that the journal has', async () => {
      const streams = countStreams();
      await using server = await serveVent();
      await using proxy = await openProxy(server.port);
      const time = createFakeSchedule();
      const url = `http://127.0.0.1:${proxy.port}/things/vent`;
      await using thing = await open(url, { schedule: time.schedule, fetch: streams.fetch });
      const events = collect(thing.events.jammed);
      const gaps = collect(thing.gaps);
      await subscribed(thing, streams, 1);
      server.jammed.next({ angle: 1 });
      await next(thing.events.jammed.pipe(take(1)));
      proxy.shut();
      await state(thing, 'waiting');
      server.jammed.next({ angle: 2 });
      server.jammed.next({ angle: 3 });
      proxy.reopen();
      const third = next(thing.events.jammed, ({ angle }) => angle === 3);
      time.advance(30_000);
      await third;
      expect(events).to.deep.equal([{ angle: 1 }, { angle: 2 }, { angle: 3 }]);
      expect(gaps).to.deep.equal([]);
    });

    it('loses nothing and doubles nothing, however often the line is cut', async () => {
      const streams = countStreams();
      await using server = await serveVent();
      await using proxy = await openProxy(server.port);
      const time = createFakeSchedule();
      const url = `http://127.0.0.1:${proxy.port}/things/vent`;
      await using thing = await open(url, { schedule: time.schedule, fetch: streams.fetch });
      const seen: number[] = [];
      thing.events.jammed.subscribe(({ angle }) => seen.push(angle));
      await subscribed(thing, streams, 1);
      server.jammed.next({ angle: 0 });
      await next(thing.events.jammed.pipe(take(1)));
      let sent = 0;
      for (let cut = 0; cut < 12; cut++) {
        for (let i = 0; i < cut; i++) server.jammed.next({ angle: ++sent });
        proxy.shut();
        await state(thing, 'waiting');
        for (let i = 0; i < cut; i++) server.jammed.next({ angle: ++sent });
        proxy.reopen();
        time.advance(30_000);
        await state(thing, 'open');
      }
      const last = ++sent;
      const arrived = next(thing.events.jammed, ({ angle }) => angle === last);
      server.jammed.next({ angle: last });
      await arrived;
      expect(seen).to.deep.equal(Array.from({ length: last + 1 }, (_, angle) => angle));
    });

    it('tells of a gap, and reads a property anew after it', async () => {
      await using server = await serveVent({ journal: { count: 1 } });
      await using proxy = await openProxy(server.port);
      const time = createFakeSchedule();
      const url = `http://127.0.0.1:${proxy.port}/things/vent`;
      await using thing = await open(url, { schedule: time.schedule });
      const angles = collect(thing.properties.angle);
      await next(thing.properties.angle);
      server.angle.set(36);
      await next(thing.properties.angle, (angle) => angle === 36);
      proxy.shut();
      await state(thing, 'waiting');
      for (const angle of [37, 38, 39]) server.angle.set(angle);
      proxy.reopen();
      const gap = firstValueFrom(thing.gaps);
      time.advance(30_000);
      expect(await gap).to.deep.equal({ kind: 'property', name: 'angle' });
      await next(thing.properties.angle, (angle) => angle === 39);
      expect(angles).to.deep.equal([35, 36, 39]);
    });

    it('asks again for an action that ended while the line was cut', async () => {
      await using server = await serveVent();
      await using proxy = await openProxy(server.port);
      const time = createFakeSchedule();
      const url = `http://127.0.0.1:${proxy.port}/things/vent`;
      await using thing = await open(url, { schedule: time.schedule });
      const started = firstValueFrom(server.sweeps);
      const job = thing.actions.sweep({ to: 1 });
      const { finish } = await started;
      await job.id;
      proxy.shut();
      await state(thing, 'waiting');
      finish({ steps: 9 });
      proxy.reopen();
      time.advance(30_000);
      expect(await job.output).to.deep.equal({ steps: 9 });
    });

    it('completes its streams when it is closed, and refuses everything after', async () => {
      await using server = await serveVent();
      const thing = await open(server.url);
      const ends: string[] = [];
      thing.properties.angle.subscribe({ complete: () => ends.push('angle') });
      thing.events.jammed.subscribe({ complete: () => ends.push('jammed') });
      thing.connection.subscribe({ complete: () => ends.push('connection') });
      thing.gaps.subscribe({ complete: () => ends.push('gaps') });
      await next(thing.properties.angle);
      await thing.close();
      await thing[Symbol.asyncDispose]();
      expect(ends.sort()).to.deep.equal(['angle', 'connection', 'gaps', 'jammed']);
      expect(await rejection(thing.properties.angle.read())).to.have.property('code', 'disconnected');
      expect(await rejection(firstValueFrom(thing.properties.wind))).to.have.property('code', 'disconnected');
      expect(await rejection(thing.actions.beep({ times: 1 }).output)).to.have.property('code', 'disconnected');
    });
  });
}
