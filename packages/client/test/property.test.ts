import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { EMPTY, filter, firstValueFrom, map, type Observable, skip, take, toArray } from 'rxjs';
import { type ConsumedThing, consume, type Sockets } from '../src/index.js';
import { sockets as platformSockets } from '../src/socket/node.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';
import { rejection } from './fixtures/rejection.js';
import { type Message, openThingOnAWire } from './fixtures/thing-on-a-wire.js';

function angleOf(thing: ConsumedThing): Observable<unknown> {
  const { angle } = thing.properties;
  if (!angle) throw new Error('the TD has no angle');
  return angle;
}

const SSE = { href: '/angle', op: 'observeproperty', subprotocol: 'sse' };

const later = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

describe('The values of a property', () => {
  it('are observed first and read when that is confirmed', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    expect(await firstValueFrom(angleOf(thing))).to.equal(35);
    expect(server.received.slice(0, 2).map(({ operation }) => operation)).to.deep.equal([
      'observeproperty',
      'readproperty',
    ]);
  });

  it('come over one subscription for many, which ends with the last of them', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    const values: unknown[] = [];
    const subscriptions = [1, 2, 3].map(() => angleOf(thing).subscribe((value) => values.push(value)));
    await firstValueFrom(angleOf(thing));
    expect(values).to.deep.equal([35, 35, 35]);
    const ended = server.request('unobserveproperty');
    for (const subscription of subscriptions) subscription?.unsubscribe();
    expect(await ended).to.include({ name: 'angle', thingID: server.id });
    const count = (wanted: string): number => server.received.filter(({ operation }) => operation === wanted).length;
    expect([count('observeproperty'), count('readproperty'), count('unobserveproperty')]).to.deep.equal([1, 1, 1]);
    expect(await firstValueFrom(angleOf(thing))).to.equal(35);
    expect(count('observeproperty')).to.equal(2);
  });

  it('are read again where a read got no answer though the line lives', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    server.answers.set('readproperty', () => {});
    const value = firstValueFrom(angleOf(thing));
    await server.request('readproperty');
    server.answers.delete('readproperty');
    time.advance(30_000);
    await new Promise((resolve) => setImmediate(resolve));
    time.advance(1000);
    expect(await value).to.equal(35);
    expect(server.upgrades).to.have.length(1);
  });

  it('are subscribed to again on the same line where that got no answer', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule, backOff: { random: () => 0 } });
    server.answers.set('observeproperty', () => {});
    const value = firstValueFrom(angleOf(thing));
    await server.request('observeproperty');
    server.answers.delete('observeproperty');
    // Its heartbeat asks meanwhile, and is answered.
    time.advance(30_000);
    await thing.request({ op: 'queryallactions' });
    time.advance(1000);
    expect(await value).to.equal(35);
    expect(server.upgrades).to.have.length(1);
  });

  it('never go back: an answer that was overtaken by a notification is dropped', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('readproperty', (message, socket) => {
      server.notify('observeproperty', { name: 'angle', value: 50 });
      server.respond(message, socket, { value: 35 });
    });
    const values: unknown[] = [];
    angleOf(thing).subscribe((value) => values.push(value));
    await server.request('readproperty');
    await thing.request({ op: 'queryallactions' });
    expect(values).to.deep.equal([50]);
  });

  it('never go back: a notification from before the value that was read is dropped', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('readproperty', (message, socket) => {
      server.respond(message, socket, { value: 35, timestamp: later(0) });
      server.notify('observeproperty', { name: 'angle', value: 20, timestamp: later(-1000) });
      server.notify('observeproperty', { name: 'angle', value: 60, timestamp: later(1000) });
      server.notify('observeproperty', { name: 'angle', value: 61, timestamp: later(-3_600_000) });
    });
    const values: unknown[] = [];
    angleOf(thing).subscribe((value) => values.push(value));
    await server.request('readproperty');
    await thing.request({ op: 'queryallactions' });
    expect(values).to.deep.equal([35, 60, 61]);
  });

  it('never go back: over HTTP, the time of the value that was read says which notifications are older', async () => {
    const at = (microseconds: string): string => `2026-03-04T06:17:31.009${microseconds}Z`;
    let stream: ServerResponse | undefined;
    await using server = await openThingOnAWire({
      td: {
        properties: { angle: { observable: true, forms: [{ href: '/angle' }, SSE] } },
        actions: {},
        events: {},
        forms: [],
      },
      http: (request, response) => {
        if (request.headers.accept === 'text/event-stream') {
          response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
          stream = response;
        } else {
          response.writeHead(200, { 'Content-Type': 'application/json', 'Value-Time': at('002') }).end('35');
        }
        return true;
      },
    });
    await using thing = await consume(server.url);
    const values = firstValueFrom(angleOf(thing).pipe(take(3), toArray()));
    await firstValueFrom(angleOf(thing));
    for (const [time, value] of [
      ['001', 20],
      ['002', 35],
      ['003', 60],
    ] as const) {
      stream?.write(`id: ${at(time)}\ndata: ${value}\n\n`);
    }
    expect(await values).to.deep.equal([35, 35, 60]);
  });

  it('include notifications that came before the answer to their subscription', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('observeproperty', (message, socket) => {
      server.notify('observeproperty', { name: 'angle', value: 1 });
      server.respond(message, socket);
    });
    const values: unknown[] = [];
    angleOf(thing).subscribe((value) => values.push(value));
    await server.request('readproperty');
    await thing.request({ op: 'queryallactions' });
    expect(values).to.deep.equal([1, 35]);
  });

  it('come once, whatever comes twice, and only what was subscribed to', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    const values: unknown[] = [];
    angleOf(thing).subscribe((value) => values.push(value));
    await firstValueFrom(angleOf(thing));
    const messageID = server.notify('observeproperty', { name: 'angle', value: 1 });
    server.notify('observeproperty', { name: 'angle', value: 1, messageID });
    server.notify('observeproperty', { name: 'wind', value: 2 });
    server.notify('observeproperty', { name: 'angle', value: 3, thingID: 'urn:other' });
    await thing.request({ op: 'queryallactions' });
    expect(values).to.deep.equal([35, 1]);
  });

  it('go on when the present value cannot be read', async () => {
    await using server = await openThingOnAWire();
    server.values.delete('angle');
    await using thing = await consume(server.url);
    const first = firstValueFrom(angleOf(thing));
    await server.request('readproperty');
    server.notify('observeproperty', { name: 'angle', value: 7 });
    expect(await first).to.equal(7);
  });

  it('end with the error of the Thing if it refuses the subscription, once', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('observeproperty', (message, socket) =>
      server.respond(message, socket, { error: { status: 403, title: 'Forbidden', detail: 'not you' } }),
    );
    const error = await rejection(firstValueFrom(angleOf(thing)));
    expect(error).to.include({ code: 'forbidden', detail: 'not you' });
  });

  it('wait for a Thing that is too busy to be subscribed to', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    server.answers.set('observeproperty', (message, socket) => {
      server.answers.delete('observeproperty');
      server.respond(message, socket, { error: { status: 429, title: 'Too Many Requests', retryAfter: 5 } });
    });
    const first = firstValueFrom(angleOf(thing));
    await server.request('observeproperty');
    await thing.request({ op: 'queryallactions' });
    expect(time.delays).to.include(5000);
    time.advance(5000);
    expect(await first).to.equal(35);
  });

  it('go on over another connection if the Thing does not answer in time that they may', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const isAway = () => firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
    const values: unknown[] = [];
    angleOf(thing).subscribe((value) => values.push(value));
    await firstValueFrom(angleOf(thing));
    server.answers.set('observeproperty', () => {});
    let away = isAway();
    server.cut();
    const unanswered = server.request('observeproperty', 1);
    time.advance((await away).delay ?? 0);
    await unanswered;
    away = isAway();
    time.advance(30_000);
    const { delay = 0 } = await away;
    server.answers.delete('observeproperty');
    const answered = server.request('readproperty', 1);
    time.advance(delay);
    await answered;
    await thing.request({ op: 'queryallactions' });
    expect(values).to.deep.equal([35, 35]);
  });

  it('listen no more to a connection that is given up: what comes late may follow a gap that nobody was told of', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    const held: (() => void)[] = [];
    const sockets: Sockets = {
      canSendHeaders: true,
      // Terminating one takes a while, in which it still brings messages.
      openSocket: (request, events) => {
        const socket = platformSockets.openSocket(request, events);
        return { ...socket, terminate: () => void held.push(socket.terminate) };
      },
    };
    await using thing = await consume(server.url, { schedule: time.schedule, sockets });
    const values: unknown[] = [];
    angleOf(thing).subscribe((value) => values.push(value));
    await firstValueFrom(angleOf(thing));
    const isAway = firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
    server.cut();
    const { delay = 0 } = await isAway;
    server.answers.set('observeproperty', () => {});
    const unanswered = server.request('observeproperty', 1);
    time.advance(delay);
    await unanswered;
    time.advance(30_000);
    server.notify('observeproperty', { name: 'angle', value: 99 });
    server.answers.delete('observeproperty');
    await new Promise((resolve) => setImmediate(resolve));
    const again = server.request('readproperty', 1);
    const over = firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
    for (const terminate of held) terminate();
    time.advance((await over).delay ?? 0);
    await again;
    await thing.request({ op: 'queryallactions' });
    expect(values).to.deep.equal([35, 35]);
  });

  it('begin with the present value for who comes while the connection is away', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const openings: string[] = [];
    await new Promise<void>((resolve) => {
      const opened = (opening: string): void => {
        openings.push(opening);
        resolve();
      };
      thing.observe({ op: 'observeproperty', name: 'angle' }, opened).subscribe();
    });
    server.answers.set('observeproperty', (message, socket) => server.respond(message, socket, { resume: 'complete' }));
    const isAway = firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
    server.cut();
    const { delay = 0 } = await isAway;
    const value = firstValueFrom(angleOf(thing));
    time.advance(delay);
    expect(await value).to.equal(35);
    expect(openings).to.deep.equal(['new', 'complete']);
  });

  it('resume from the last notification, and are read anew unless the Thing says that nothing is missing', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const values: unknown[] = [];
    angleOf(thing).subscribe((value) => values.push(value));
    await firstValueFrom(angleOf(thing));
    const id = server.notify('observeproperty', { name: 'angle', value: 36 });
    await firstValueFrom(angleOf(thing).pipe(filter((value) => value === 36)));
    const comeBack = async (resume: string | undefined, reconnections: number): Promise<Message> => {
      server.answers.set('observeproperty', (message, socket) =>
        server.respond(message, socket, resume ? { resume } : {}),
      );
      server.cut();
      const waiting = await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
      time.advance(waiting.delay ?? 0);
      return server.request('observeproperty', reconnections);
    };
    const gaps: unknown[] = [];
    thing.gaps.subscribe((gap) => gaps.push(gap));
    expect(await comeBack('complete', 1)).to.include({ lastNotificationID: id });
    await thing.request({ op: 'queryallactions' });
    expect([values, gaps]).to.deep.equal([[35, 36], []]);
    server.values.set('angle', 99);
    expect(await comeBack('gap', 2)).to.include({ lastNotificationID: id });
    await server.request('readproperty', 1);
    await thing.request({ op: 'queryallactions' });
    expect([values, gaps]).to.deep.equal([[35, 36, 99], [{ kind: 'property', name: 'angle' }]]);
  });
});

describe('Subscriptions of all and of one side by side', () => {
  it('share one socket: ending one does not silence all', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    const all: unknown[] = [];
    const one: unknown[] = [];
    const wholeThing = thing.observe({ op: 'observeallproperties' }).subscribe(({ name }) => all.push(name));
    const single = thing.observe({ op: 'observeproperty', name: 'angle' }).subscribe(({ value }) => one.push(value));
    await server.request('observeproperty');
    server.notify('observeproperty', { name: 'angle', value: 1 });
    server.notify('observeallproperties', { name: 'wind', value: 2 });
    await thing.request({ op: 'queryallactions' });
    expect([all, one]).to.deep.equal([['angle', 'wind'], [1]]);
    single.unsubscribe();
    await thing.request({ op: 'queryallactions' });
    expect(server.received.map(({ operation }) => operation)).not.to.include('unobserveproperty');
    const again = thing.observe({ op: 'observeproperty', name: 'angle' }).subscribe();
    await server.request('observeproperty', 1);
    server.notify('observeproperty', { name: 'angle', value: 3 });
    await thing.request({ op: 'queryallactions' });
    wholeThing.unsubscribe();
    await server.request('unobserveallproperties');
    expect(await server.request('observeproperty', 2)).to.have.property('lastNotificationID');
    again.unsubscribe();
    await server.request('unobserveproperty');
  });

  it('subscribes to events in the same way', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    const seen = firstValueFrom(thing.observe({ op: 'subscribeallevents' }).pipe(map(({ value }) => value)));
    const second = firstValueFrom(thing.events.jammed?.pipe(skip(1)) ?? EMPTY);
    await server.request('subscribeevent');
    server.notify('subscribeproperty', { name: 'jammed', value: { angle: 1 }, messageType: 'event' });
    server.notify('subscribeallevents', { name: 'jammed', data: { angle: 2 } });
    expect(await seen).to.deep.equal({ angle: 1 });
    expect(await second).to.deep.equal({ angle: 2 });
    await server.request('unsubscribeallevents');
  });
});
