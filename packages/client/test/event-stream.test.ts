import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { filter, firstValueFrom, Subject, skip, take, toArray } from 'rxjs';
import { type ConsumedThing, consume } from '../src/index.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';
import { rejection } from './fixtures/rejection.js';
import { openThingOnAWire } from './fixtures/thing-on-a-wire.js';

const TD = {
  properties: {},
  actions: {},
  events: { jammed: { forms: [{ href: '/jammed', op: ['subscribeevent'], subprotocol: 'sse' }] } },
  forms: [],
};

/** A Thing with one event stream; `answer` treats each request for it, counted from 0. */
async function openStreaming(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const requests: IncomingMessage[] = [];
  const coming = new Subject<IncomingMessage>();
  const server = await openThingOnAWire({
    td: TD,
    http: (request, response) => {
      if (request.url !== '/jammed') return false;
      requests.push(request);
      answer(request, response, requests.length - 1);
      coming.next(request);
      return true;
    },
  });
  return { server, requests, coming };
}

const begin = (response: ServerResponse, text = ''): void => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.flushHeaders();
  if (text !== '') response.write(text);
};

const jammed = (thing: ConsumedThing) => thing.observe({ op: 'subscribeevent', name: 'jammed' });
const waiting = (thing: ConsumedThing) =>
  firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));

describe('An event stream', () => {
  it('is asked for as the profile says, and closed by its reader', async () => {
    const { server, requests } = await openStreaming((_request, response) =>
      begin(response, 'id: 1\ndata: {"angle":1}\n\n'),
    );
    await using _server = server;
    await using thing = await consume(server.url, { token: 'secret' });
    expect(await firstValueFrom(jammed(thing))).to.deep.include({
      id: '1',
      name: 'jammed',
      value: { angle: 1 },
      thing: server.id,
    });
    const [request] = requests;
    expect(request?.headers).to.include({ accept: 'text/event-stream', authorization: 'Bearer secret' });
    expect(request?.headers).not.to.have.property('last-event-id');
    if (request && !request.destroyed) await new Promise((resolve) => request.once('close', resolve));
  });

  it('comes back where it stopped, after the time that the server wants, and drops what comes twice', async () => {
    const { server, requests } = await openStreaming((_request, response, count) => {
      begin(response, count === 0 ? 'retry: 60000\nid: a\ndata: 1\n\n' : 'id: a\ndata: 1\n\nid: b\ndata: 2\n\n');
      if (count === 0) response.end();
    });
    await using _server = server;
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const values = firstValueFrom(jammed(thing).pipe(take(2), toArray()));
    expect(await waiting(thing)).to.include({ transport: 'http', delay: 60_000 });
    time.advance(60_000);
    expect((await values).map(({ value }) => value)).to.deep.equal([1, 2]);
    expect(requests[1]?.headers['last-event-id']).to.equal('a');
  });

  it('tells of a gap if the server does, or if it cannot say where it was', async () => {
    const { server } = await openStreaming((_request, response, count) => {
      begin(response, ['', ': gap: something may have been missed\nid: c\ndata: 1\n\n', ': gap\n'][count] ?? '');
      if (count < 2) response.end();
    });
    await using _server = server;
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const gaps = firstValueFrom(thing.gaps.pipe(take(2), toArray()));
    jammed(thing).subscribe();
    await waiting(thing);
    time.advance(30_000);
    await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'open')));
    await waiting(thing);
    time.advance(30_000);
    expect(await gaps).to.deep.equal(Array(2).fill({ kind: 'event', name: 'jammed' }));
  });

  it('says how many changes an event stands for, if the server does', async () => {
    const { server } = await openStreaming((_request, response) =>
      begin(response, ': conflated 12\nid: a\ndata: 12\n\nid: b\ndata: 13\n\n'),
    );
    await using _server = server;
    await using thing = await consume(server.url);
    const [one, other] = await firstValueFrom(jammed(thing).pipe(take(2), toArray()));
    expect(one).to.include({ value: 12, conflated: 12 });
    expect(other).to.include({ value: 13 }).and.not.to.have.property('conflated');
  });

  it('is tried again after a refusal that may pass', async () => {
    const { server } = await openStreaming((_request, response, count) => {
      if (count > 0) return begin(response, 'data:\n\n');
      response.writeHead(503, { 'Retry-After': '45' }).end();
    });
    await using _server = server;
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const event = firstValueFrom(jammed(thing));
    const { delay, error } = await waiting(thing);
    expect([delay, error?.code]).to.deep.equal([45_000, 'unavailable']);
    time.advance(45_000);
    expect(await event).to.have.property('value', undefined);
  });

  it('is tried again if a server that had answered finds the request malformed: it was cut in the middle', async () => {
    const { server, coming } = await openStreaming((_request, response, count) => {
      if (count === 1) response.writeHead(400).end();
      else begin(response, `id: ${count}\ndata: ${count}\n\n`);
      if (count === 0) response.end();
    });
    await using _server = server;
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const values = firstValueFrom(jammed(thing).pipe(take(2), toArray()));
    const { delay = 0 } = await waiting(thing);
    const refused = firstValueFrom(coming);
    const waitsAgain = firstValueFrom(thing.connection.pipe(skip(1)));
    time.advance(delay);
    await refused;
    time.advance((await waitsAgain).delay ?? 0);
    expect((await values).map(({ value }) => value)).to.deep.equal([0, 2]);
  });

  it('ends with an error for a refusal that will not, and for what is no event stream', async () => {
    const answers: readonly (readonly [number, string, string])[] = [
      [401, '', 'unauthenticated'],
      [403, '{"title":"No","detail":"not you"}', 'forbidden'],
      [404, '', 'notFound'],
      [204, '', 'notFound'],
      [200, '<html>', 'protocol'],
    ];
    for (const [status, body, code] of answers) {
      const { server, requests } = await openStreaming((_request, response) => response.writeHead(status).end(body));
      await using _server = server;
      await using thing = await consume(server.url);
      expect(await rejection(firstValueFrom(jammed(thing)))).to.have.property('code', code);
      expect(requests).to.have.lengthOf(1);
    }
  });

  it('is given up after silence, if its server once showed signs of life', async () => {
    const { server } = await openStreaming((_request, response) => begin(response, 'data: 1\n\n:\ndata: 2\n\n'));
    await using _server = server;
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const values = jammed(thing).pipe(take(3));
    const second = new Promise((resolve) => values.subscribe(({ value }) => value === 2 && resolve(value)));
    await second;
    time.advance(75_000);
    expect(await waiting(thing)).to.have.property('attempt', 1);
  });

  it('leaves out events whose data is not JSON, or nested too deep', async () => {
    const bomb = '['.repeat(100_000) + ']'.repeat(100_000);
    const text = `data: {oh\n\ndata: ${bomb}\n\ndata: null\n\n`;
    const { server } = await openStreaming((_request, response) => begin(response, text));
    await using _server = server;
    await using thing = await consume(server.url);
    expect(await firstValueFrom(jammed(thing))).to.have.property('value', null);
  });
});
