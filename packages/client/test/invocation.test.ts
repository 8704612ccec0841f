import { expect } from 'chai';
import { firstValueFrom, toArray } from 'rxjs';
import { type ConsumedThing, consume, type Invocation, type InvokeOptions } from '../src/index.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';
import { rejection } from './fixtures/rejection.js';
import { openThingOnAWire, type ThingOnAWire } from './fixtures/thing-on-a-wire.js';

const ID = '29fd07c1-7de3-45e5-a224-f5d4d1d848aa';

function sweep(thing: ConsumedThing, options?: InvokeOptions): Invocation {
  const action = thing.actions.sweep;
  if (!action) throw new Error('the TD has no sweep');
  return action({ to: 1 }, options);
}

/** Lets the server accept every invocation, and answer queries with the states given, the last one for ever. */
function accept(server: ThingOnAWire, states: readonly object[] = []): void {
  const left = [...states];
  server.answers.set('invokeaction', (message, socket) =>
    server.respond(message, socket, { name: 'sweep', status: { actionID: ID, state: 'pending' } }),
  );
  server.answers.set('queryaction', (message, socket) => {
    const status = left.length > 1 ? left.shift() : left[0];
    server.respond(message, socket, status ? { name: 'sweep', status: { actionID: ID, ...status } } : NOT_FOUND);
  });
}

const NOT_FOUND = { error: { status: 404, title: 'Not Found' } };

describe('An invocation', () => {
  it('is polled at growing intervals where the Thing does not tell of it', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const running = { state: 'running' };
    accept(server, [running, running, running, { state: 'completed', output: { steps: 3 } }]);
    const job = sweep(thing);
    expect(await job.id).to.equal(ID);
    const intervals: number[] = [];
    for (let query = 0; query < 4; query++) {
      await thing.request({ op: 'queryallactions' });
      intervals.push(time.delays.find((delay) => delay < 5000) ?? 0);
      time.advance(intervals.at(-1) ?? 0);
      await server.request('queryaction', query);
    }
    expect(await job.output).to.deep.equal({ steps: 3 });
    expect(intervals).to.deep.equal([250, 400, 640, 1024]);
    expect(server.received.find(({ operation }) => operation === 'queryaction')).not.to.have.property('name');
  });

  it('is heard of even before its id is known', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url, { td: await tdWithStatus(server) });
    accept(server, [{ state: 'completed', output: 4 }]);
    server.answers.set('invokeaction', (message, socket) => {
      server.notify('subscribeevent', { name: 'actionStatus', data: { actionID: ID, state: 'running', progress: 5 } });
      server.notify('subscribeevent', {
        name: 'actionStatus',
        data: { actionID: 'other', state: 'running', progress: 6 },
      });
      server.notify('subscribeevent', { name: 'actionStatus', data: { actionID: ID, state: 'completed' } });
      server.respond(message, socket, { status: { actionID: ID, state: 'pending' } });
    });
    const job = sweep(thing);
    const progress = firstValueFrom(job.progress.pipe(toArray()));
    expect(await job.output).to.equal(4);
    expect(await progress).to.deep.equal([5]);
  });

  it('is polled if its status may not be heard', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { td: await tdWithStatus(server), schedule: time.schedule });
    accept(server, [{ state: 'completed', output: 1 }]);
    server.answers.set('subscribeevent', (message, socket) =>
      server.respond(message, socket, { error: { status: 403 } }),
    );
    const job = sweep(thing);
    await job.id;
    time.advance(250);
    expect(await job.output).to.equal(1);
  });

  it('goes ahead if the Thing does not answer whether its status can be heard', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { td: await tdWithStatus(server), schedule: time.schedule });
    accept(server);
    server.answers.set('subscribeevent', () => {});
    const job = sweep(thing);
    await server.request('subscribeevent');
    time.advance(2000);
    expect(await job.id).to.equal(ID);
  });

  it('that is gone counts as aborted', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    accept(server);
    const job = sweep(thing);
    await job.id;
    time.advance(250);
    expect(await rejection(job.output)).to.have.property('code', 'aborted');
  });

  it('that was refused rejects its output and its id, and is no unhandled rejection', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    const unhandled: unknown[] = [];
    const keep = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', keep);
    server.answers.set('invokeaction', (message, socket) =>
      server.respond(message, socket, { error: { status: '503', title: 'Service Unavailable' } }),
    );
    const unwatched = sweep(thing);
    await firstValueFrom(unwatched.progress.pipe(toArray()));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', keep);
    expect(unhandled).to.deep.equal([]);
    expect(await rejection(unwatched.output)).to.have.property('code', 'unavailable');
    expect(await rejection(unwatched.id)).to.have.property('code', 'unavailable');
  });

  it('that was cancelled before it was accepted is cancelled as soon as its id is known', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    let letGo = (): void => {};
    server.answers.set('invokeaction', (message, socket) => {
      letGo = () => server.respond(message, socket, { status: { actionID: ID, state: 'pending' } });
    });
    const abort = new AbortController();
    const job = sweep(thing, { signal: abort.signal });
    await server.request('invokeaction');
    abort.abort(new Error('enough'));
    const error = await rejection(job.output);
    expect(error.code).to.equal('aborted');
    expect(error.cause).to.have.property('message', 'enough');
    letGo();
    expect(await server.request('cancelaction')).to.have.property('actionID', ID);
  });

  it('is never sent with a signal that has fired', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    expect(await rejection(sweep(thing, { signal: AbortSignal.abort() }).output)).to.have.property('code', 'aborted');
    await thing.request({ op: 'queryallactions' });
    expect(server.received.map(({ operation }) => operation)).to.deep.equal(['queryallactions']);
  });

  it('in flight when the line breaks rejects with disconnected: nobody knows whether it runs', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('invokeaction', () => server.cut());
    expect(await rejection(sweep(thing).output)).to.have.property('code', 'disconnected');
  });

  it('keeps no listener on a signal that outlives it', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('invokeaction', (message, socket) => server.respond(message, socket, { output: 1 }));
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...parts: Parameters<typeof add>) => {
      listeners++;
      add(...parts);
    };
    signal.removeEventListener = (...parts: Parameters<typeof remove>) => {
      listeners--;
      remove(...parts);
    };
    expect(await sweep(thing, { signal }).output).to.equal(1);
    expect(listeners).to.equal(0);
  });
});

/** The TD of the server with the event by which our Things tell of their invocations. */
async function tdWithStatus(server: ThingOnAWire) {
  const response = await fetch(server.url);
  const td = await response.json();
  return { ...td, events: { ...td.events, actionStatus: { forms: td.forms } } };
}
