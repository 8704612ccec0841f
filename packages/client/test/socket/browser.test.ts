import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { consume } from '../../src/index.js';
import { sockets } from '../../src/socket/browser.js';
import { createFakeSchedule } from '../fixtures/fake-schedule.js';
import { rejection } from '../fixtures/rejection.js';
import { openThingOnAWire } from '../fixtures/thing-on-a-wire.js';

describe('The client on the WebSocket of a browser', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');

  beforeEach(() => {
    Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true });
  });
  afterEach(() => {
    if (before) Object.defineProperty(globalThis, 'WebSocket', before);
    else Reflect.deleteProperty(globalThis, 'WebSocket');
  });

  it('reads and observes', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url, { sockets });
    expect(await thing.properties.angle?.read()).to.equal(35);
    const changed = firstValueFrom(thing.observe({ op: 'observeproperty', name: 'wind' }));
    await server.request('observeproperty');
    server.notify('observeproperty', { name: 'wind', value: 1 });
    expect(await changed).to.have.property('value', 1);
  });

  it('buys a ticket for its token at every connect', async () => {
    let sold = 0;
    await using server = await openThingOnAWire({
      http: ({ url, method }, response) => {
        if (url !== '/ticket' || method !== 'POST') return false;
        response.end(JSON.stringify({ ticket: `ticket-${++sold}`, expiresIn: 30 }));
        return true;
      },
    });
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { sockets, token: 'lasting', schedule: time.schedule });
    server.cut();
    const waiting = await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
    time.advance(waiting.delay ?? 0);
    await server.connections(2);
    await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'open')));
    expect(server.upgrades.map(({ url }) => url)).to.deep.equal([
      '/wtp?access_token=ticket-1',
      '/wtp?access_token=ticket-2',
    ]);
    expect(server.upgrades.map(({ headers }) => headers.authorization)).to.deep.equal([undefined, undefined]);
  });

  it('asks over HTTP why it was refused, since a browser does not tell', async () => {
    let isWelcome = true;
    await using server = await openThingOnAWire({
      refuse: () => (isWelcome ? undefined : 401),
      http: (request, response) => {
        if (!request.url?.startsWith('/secured')) return false;
        response.statusCode = isWelcome ? 200 : 401;
        response.end();
        return true;
      },
    });
    const time = createFakeSchedule();
    await using known = await consume(server.url);
    await using thing = await consume(`${server.origin}/secured`, { sockets, td: known.td, schedule: time.schedule });
    isWelcome = false;
    server.cut();
    const waiting = await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
    time.advance(waiting.delay ?? 0);
    const closed = await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'closed')));
    expect(closed.error).to.have.property('code', 'unauthenticated');
  });

  it('asks a quiet peer for a sign of life with a request, and gives a dead one up', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { sockets, schedule: time.schedule });
    time.advance(50_000);
    await server.request('queryaction');
    server.answers.set('queryaction', () => {});
    await thing.properties.angle?.read();
    time.advance(100_000);
    const waiting = await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
    expect(waiting.attempt).to.equal(1);
  });

  it('tells a refused upgrade as an error', async () => {
    await using server = await openThingOnAWire({ refuse: () => 502 });
    expect(await rejection(consume(server.url, { sockets }))).to.have.property('code', 'disconnected');
  });
});
