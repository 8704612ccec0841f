import { createMeter, type PolicyQuestion } from '@thingwright/core';
import { expect } from 'chai';
import type { RawConsumer } from './fixture/raw-consumer.js';
import { serveVent } from './fixture/serve-vent.js';

const LIMITS = { maxBuffered: 20_000, queuedEvents: 50, queuedBytes: 1_000_000 };

/** Waits until the server has had many passes of its event loop. */
async function passes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** So large that all changes of a test are in it. */
const JOURNAL = { count: 50_000 };

/** Subscribes, has more statuses told than may wait for a reader, and gives the id of the first. */
async function missStatuses(consumer: RawConsumer): Promise<unknown> {
  await consumer.ask('subscribeevent', { name: 'actionStatus' });
  for (let i = 0; i < 5; i++) await consumer.ask('invokeaction', { name: 'sweep', input: { to: i } });
  const { messageID } = await consumer.next();
  return messageID;
}

/** A reader that is behind already asks for all statuses since; resolves when it is closed. */
async function resumeTooMuch(vent: Awaited<ReturnType<typeof serveVent>>, since: unknown): Promise<void> {
  await using slow = await vent.dial();
  await slow.ask('observeproperty', { name: 'wind' });
  slow.ws.pause();
  for (let i = 1; i <= 30_000; i++) {
    vent.wind.set(i + 100);
    if (i % 50 === 0) await passes(1);
  }
  slow.send('subscribeevent', { name: 'actionStatus', lastNotificationID: since });
  await passes(50);
  slow.ws.resume();
  expect((await slow.closed).code).to.equal(1013);
}

describe('a slow reader', () => {
  it('gets the latest of a property and is told how many changes that stands for; others get all', async () => {
    const meter = createMeter();
    await using vent = await serveVent({ meter }, LIMITS);
    await using slow = await vent.dial();
    await using quick = await vent.dial();
    await slow.ask('observeproperty', { name: 'wind' });
    await quick.ask('observeproperty', { name: 'wind' });
    slow.ws.pause();
    for (let i = 1; i <= 30_000; i++) {
      vent.wind.set(i + 100);
      if (i % 50 === 0) await passes(1);
    }
    let last = await quick.next();
    let count = 1;
    for (; last.value !== 30_100; count++) last = await quick.next();
    expect(count).to.equal(30_000);
    slow.ws.resume();
    let changes = 0;
    let conflated = 0;
    for (let message = await slow.next(); ; message = await slow.next()) {
      if (message.messageType !== 'notification') continue;
      changes += typeof message.conflated === 'number' ? message.conflated : 1;
      if (message.conflated !== undefined) conflated++;
      if (message.value === 30_100) break;
    }
    expect(changes).to.equal(30_000);
    expect(conflated).to.be.greaterThan(0);
    const counted = (what: string) =>
      meter.read(`thingwright_notifications_${what}_total`, { binding: 'websocket' }) ?? 0;
    expect(counted('sent') + counted('conflated')).to.equal(60_000);
    expect(counted('conflated')).to.be.greaterThan(0);
  });

  it('keeps the events in order up to a limit, then is closed with 1013', async () => {
    const meter = createMeter();
    await using vent = await serveVent({ meter }, LIMITS);
    await using slow = await vent.dial();
    await slow.ask('subscribeallevents');
    const read = (name: string) => meter.read(`thingwright_${name}`, { binding: 'websocket' });
    expect(read('subscriptions')).to.be.greaterThan(1);
    slow.ws.pause();
    for (let i = 0; i < 60_000; i++) {
      vent.jammed.next({ angle: i });
      if (i % 100 === 0) await passes(1);
    }
    slow.ws.resume();
    const { code, reason } = await slow.closed;
    expect(code).to.equal(1013);
    expect(reason).to.equal('the reader is too slow');
    expect([read('slow_readers_closed_total'), read('subscriptions')]).to.deep.equal([1, 0]);
    const angles = slow.waiting.map((message) => JSON.stringify(message.data));
    expect(angles).to.deep.equal(angles.map((_, i) => `{"angle":${i}}`));
  });

  it('is closed with 1013 where few events that wait are too many bytes', async () => {
    await using vent = await serveVent({}, { ...LIMITS, queuedEvents: 1_000_000, queuedBytes: 10_000 });
    await using slow = await vent.dial();
    await slow.ask('subscribeallevents');
    slow.ws.pause();
    for (let i = 0; i < 60_000; i++) {
      vent.jammed.next({ angle: i });
      if (i % 100 === 0) await passes(1);
    }
    slow.ws.resume();
    expect((await slow.closed).code).to.equal(1013);
  });

  it('is closed with 1013 if what it missed is too much, and is nobody to the Thing from then on', async () => {
    const questions: string[] = [];
    const policy = ({ operation }: PolicyQuestion): boolean => questions.push(operation) > 0;
    await using vent = await serveVent({ policy, journal: JOURNAL }, { ...LIMITS, queuedEvents: 5 });
    await using other = await vent.dial();
    const first = await missStatuses(other);
    await other[Symbol.asyncDispose]();
    await resumeTooMuch(vent, first);
    questions.length = 0;
    await using last = await vent.dial();
    await last.ask('invokeaction', { name: 'sweep', input: { to: 9 } });
    expect(questions).to.include('invokeaction').and.not.to.include('queryaction');
  });

  it('takes nothing from the others when what it missed is too much', async () => {
    await using vent = await serveVent({ journal: JOURNAL }, { ...LIMITS, queuedEvents: 5 });
    await using other = await vent.dial();
    const first = await missStatuses(other);
    other.waiting.length = 0;
    await resumeTooMuch(vent, first);
    await other.ask('invokeaction', { name: 'sweep', input: { to: 9 } });
    expect(await other.next()).to.deep.include({ messageType: 'notification', name: 'actionStatus' });
  });

  it('is closed instead of conflated in strict mode', async () => {
    await using vent = await serveVent({ strict: true }, LIMITS);
    await using slow = await vent.dial();
    await slow.ask('observeallproperties');
    slow.ws.pause();
    for (let i = 1; i <= 30_000; i++) {
      vent.wind.set(i + 100);
      if (i % 50 === 0) await passes(1);
    }
    slow.ws.resume();
    expect((await slow.closed).code).to.equal(1013);
    expect(slow.waiting.some((message) => 'conflated' in message)).to.equal(false);
  });

  it('is read no further while its answers pile up', async () => {
    await using vent = await serveVent({}, LIMITS);
    await using slow = await vent.dial();
    slow.ws.pause();
    const asked = 30_000;
    for (let i = 0; i < asked; i++) slow.send('readproperty', { name: 'wind' });
    await passes(50);
    slow.ws.resume();
    for (let i = 0; i < asked; i++) await slow.next();
    expect(slow.waiting).to.be.empty;
  }).timeout(20_000);
});

describe('a connection that ends', () => {
  it('is pinged, and given up after two pings without an answer', async () => {
    await using vent = await serveVent({}, { pingInterval: 20 });
    await using silent = await vent.dial('/things', { autoPong: false });
    await using alive = await vent.dial();
    expect((await silent.closed).code).to.equal(1006);
    expect(await alive.ask('readproperty', { name: 'wind' })).to.include({ value: 1.5 });
  });

  it('is not given up while it is not read because all its requests wait', async () => {
    await using vent = await serveVent({}, { pingInterval: 20, requestsInFlight: 2 });
    await using busy = await vent.dial();
    const letGo = vent.hold();
    for (const value of [1, 2, 3]) busy.send('writeproperty', { name: 'angle', value });
    let pings = 0;
    await new Promise<void>((resolve) => {
      busy.ws.on('ping', () => {
        if (++pings === 5) resolve();
      });
    });
    letGo();
    for (const value of [1, 2, 3]) expect(await busy.next()).to.include({ value });
  });

  it('answers what is in flight with 403 and closes with 1008 when its credentials end', async () => {
    const ended = new AbortController();
    const principal = { id: 'user:ada', kind: 'user', grants: [] } as const;
    await using vent = await serveVent({ authenticate: () => ({ principal, ended: ended.signal }) });
    await using consumer = await vent.dial();
    await consumer.ask('observeallproperties');
    vent.angle.set(1);
    await consumer.next();
    vent.hold();
    const held = consumer.send('writeproperty', { name: 'angle', value: 3 });
    await consumer.ask('readproperty', { name: 'wind' });
    ended.abort();
    const answer = await consumer.next();
    expect(answer).to.include({ correlationID: held.correlationID });
    expect(answer.error).to.include({ status: 403 });
    expect((await consumer.closed).code).to.equal(1008);
  });

  it('is closed with 1001 when the server closes', async () => {
    const vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('observeallproperties');
    await vent[Symbol.asyncDispose]();
    expect((await consumer.closed).code).to.equal(1001);
  });

  it('leaves no reader behind when it vanishes under load', async () => {
    await using vent = await serveVent();
    for (let round = 0; round < 20; round++) {
      await using consumer = await vent.dial();
      consumer.send('observeallproperties');
      consumer.send('subscribeallevents');
      vent.wind.set(round + 10);
      if (round % 2 === 0) await consumer.next();
      consumer.ws.terminate();
      vent.wind.set(round + 10.5);
    }
    await using last = await vent.dial();
    expect(await last.ask('readproperty', { name: 'wind' })).to.include({ value: 29.5 });
  });
});
