import { once } from 'node:events';
import { connect } from 'node:net';
import { defineThing, expose, type PolicyQuestion, state, ThingError } from '@thingwright/core';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import fc from 'fast-check';
import { firstValueFrom, Subject } from 'rxjs';
import * as t from 'typebox';
import { websocket } from '../src/index.js';
import { dialOlder, own, refusalOf } from './fixture/older-client.js';
import type { Message } from './fixture/raw-consumer.js';
import { serveVent } from './fixture/serve-vent.js';
import { createVent } from './fixture/vent.js';

type Vent = Awaited<ReturnType<typeof serveVent>>;

const socketOf = ({ url }: Vent, path: string): string => `${url.replace('http', 'ws')}${path}`;

/** A client of the vent alone that has heard what is said at the beginning. */
async function meet(vent: Vent, options: object = {}) {
  const client = await dialOlder(socketOf(vent, '/things/vent'), [], options);
  await client.settled();
  client.waiting.length = 0;
  return client;
}

const set = (data: object) => ({ messageType: 'setProperty', data });
const request = (data: object) => ({ messageType: 'requestAction', data });
const status = (name: string, value: unknown, id = 'vent') => ({
  messageType: 'propertyStatus',
  id,
  data: own(name, value),
});

/** What is told of a Thing at the beginning, but for its values. */
const types = (messages: readonly Message[]) => messages.map(({ messageType, id }) => `${messageType} ${id}`);

describe('WebThings at the opening of a socket', () => {
  it('tells that the Thing is there, then each value that can be read, once', async () => {
    await using vent = await serveVent();
    await using client = await dialOlder(socketOf(vent, '/things/vent'));
    await client.settled();
    expect(client.waiting).to.deep.equal([
      { messageType: 'connected', id: 'vent', data: true },
      status('angle', 0),
      status('mode', 'manual'),
      status('wind', 1.5),
      status('note', ''),
    ]);
  });

  it('is the same with the sub-protocol, which is echoed, alone and beside a token', async () => {
    await using vent = await serveVent();
    const token = `bearer.${Buffer.from('good').toString('base64url')}`;
    for (const protocols of [['webthing'], ['webthing', token], ['other', 'webthing']]) {
      await using client = await dialOlder(socketOf(vent, '/things/vent'), protocols);
      expect(client.ws.protocol).to.equal('webthing');
      expect(await client.next()).to.include({ messageType: 'connected', id: 'vent' });
    }
  });

  it('leaves out what the caller may not read, and follows only what it may observe', async () => {
    const hidden = ['readproperty wind', 'observeproperty angle', 'observeproperty wind'];
    const policy = ({ operation, affordance }: PolicyQuestion) => !hidden.includes(`${operation} ${affordance}`);
    await using vent = await serveVent({ policy });
    await using client = await dialOlder(socketOf(vent, '/things/vent'));
    vent.wind.set(9);
    vent.angle.set(9);
    await vent.site.things.get('vent')?.request({ op: 'writeproperty', name: 'mode', value: 'auto' }, WHO);
    await client.settled();
    const values = client.waiting.slice(1).map(({ data }) => data);
    expect(values).to.deep.equal([{ angle: 0 }, { mode: 'manual' }, { note: '' }, { mode: 'auto' }]);
  });

  it('has neither gap nor duplicate where values come late and change meanwhile', async () => {
    await using late = await serveLate();
    await using client = await dialOlder(`${late.url}/things/sensor`);
    expect(await client.next()).to.include({ messageType: 'connected' });
    await client.settled();
    late.pushed.set(5);
    late.answer.next(4);
    expect(await client.take(2)).to.deep.equal([status('both', 5, 'sensor'), status('read', 4, 'sensor')]);
    late.pushed.set(6);
    expect(await client.next()).to.deep.equal(status('both', 6, 'sensor'));
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('tells of all Things on /things, of those that come later first that they do, and that one goes', async () => {
    const policy = ({ thing, operation }: PolicyQuestion) => operation !== 'describe' || thing.name !== 'secret';
    await using vent = await serveVent({ policy });
    vent.site.add('secret', createVent().exposure);
    await using client = await dialOlder(socketOf(vent, '/things'));
    await client.settled();
    expect(types(client.waiting.splice(0))).to.deep.equal([
      'connected vent',
      ...Array.from({ length: 4 }, () => 'propertyStatus vent'),
    ]);
    vent.site.add('attic', createVent().exposure);
    vent.site.add('secret2', createVent().exposure);
    await client.settled();
    const told = types(client.waiting.splice(0)).filter((text) => text.endsWith('attic'));
    expect(told.slice(0, 3)).to.deep.equal(['thingAdded attic', 'connected attic', 'propertyStatus attic']);
    await vent.site.remove('attic');
    await vent.site.remove('secret');
    expect(await client.next()).to.deep.equal({ messageType: 'thingRemoved', id: 'attic', data: {} });
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('tells that a Thing goes before another one of its name comes, however long the first takes to close', async () => {
    await using vent = await serveVent();
    vent.site.add('attic', createVent().exposure);
    await using client = await dialOlder(socketOf(vent, '/things'));
    await client.settled();
    client.waiting.length = 0;
    const gone = vent.site.remove('attic');
    const next = createVent();
    vent.site.add('attic', next.exposure);
    await gone;
    next.wind.set(9);
    await client.settled();
    const told = client.waiting.filter(({ messageType }) => messageType !== 'propertyStatus');
    expect(types(told)).to.deep.equal(['thingRemoved attic', 'thingAdded attic', 'connected attic']);
    expect(client.waiting.at(-1)).to.deep.equal(status('wind', 9, 'attic'));
  });

  it('tells of hundreds of Things each once, however many there are, and of one that is asked for first', async () => {
    await using vent = await serveVent();
    for (let i = 0; i < 300; i++) vent.site.add(`vent${i}`, createVent().exposure);
    await using client = await dialOlder(socketOf(vent, '/things'));
    client.send({ ...request({ sweep: { input: { to: 3 } } }), id: 'vent299' });
    const heard: Message[] = [];
    const words: unknown[] = [];
    while (heard.filter(({ messageType }) => messageType === 'connected').length < 301 || words.length < 2) {
      const message = await client.next();
      if (message.messageType === 'actionStatus') words.push(message.id);
      else heard.push(message);
    }
    await client.settled();
    heard.push(...client.waiting);
    expect(words).to.deep.equal(['vent299', 'vent299']);
    expect(heard).to.have.length(301 * 5);
    expect(new Set(heard.map((message) => JSON.stringify(message)))).to.have.length(301 * 5);
  });

  it('is told over the socket that the path names no Thing: 404, then 1000', async () => {
    const policy = ({ operation }: PolicyQuestion) => operation !== 'describe';
    await using vent = await serveVent({ policy });
    for (const [name, protocols] of [
      ['nobody', []],
      ['vent', ['webthing']],
    ] as const) {
      const client = await dialOlder(socketOf(vent, `/things/${name}`), [...protocols]);
      expect(await client.next()).to.deep.equal({
        messageType: 'error',
        data: { code: 404, status: '404 Not Found', message: `Thing ${name} not found` },
      });
      expect((await client.closed).code).to.equal(1000);
    }
  });

  it('is refused with 400 for other sub-protocols, and for none in strict mode, before it is asked who comes', async () => {
    await using vent = await serveVent({ authenticate: byToken });
    for (const path of ['/things', '/things/vent']) {
      const refused = await refusalOf(socketOf(vent, path), ['other']);
      expect(refused.status).to.equal(400);
      expect(refused.detail).to.include("'webthingprotocol'").and.to.include("'webthing'");
      expect((await refusalOf(socketOf(vent, path))).status).to.equal(401);
    }
    await using strict = await serveVent({ strict: true });
    expect((await refusalOf(socketOf(strict, '/things'))).status).to.equal(400);
    await using client = await dialOlder(socketOf(strict, '/things'), ['webthing']);
    expect(await client.next()).to.include({ messageType: 'connected' });
  });
});

describe("WebThings' dialect", () => {
  it('sets properties in order, and one that fails does not stop the others', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    client.send(set({ angle: 41.3, missing: 1, mode: 'auto' }));
    const told = await client.take(3);
    expect(told).to.deep.include.members([status('mode', 'auto'), status('angle', 41.5)]);
    expect(told.find(({ messageType }) => messageType === 'error')).to.deep.equal({
      messageType: 'error',
      id: 'vent',
      data: {
        code: 400,
        status: '400 Bad Request',
        message: 'Property "missing" not found',
        request: set({ missing: 1 }),
      },
    });
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('W1 checks a value that is set as every other way in does', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    client.send(set({ wind: 3, angle: 700 }));
    const [readOnly, wrong] = await client.take(2);
    expect(dataOf(readOnly)).to.include({ code: 400 });
    expect(dataOf(readOnly).message).to.include('read-only');
    expect(dataOf(wrong).message).to.include('Invalid property value');
    expect([vent.wind.get(), vent.angle.get()]).to.deep.equal([1.5, 0]);
  });

  it('W2 asks the policy for each operation, and stays at the Thing of its path', async () => {
    const policy = ({ operation }: PolicyQuestion) => operation !== 'writeproperty' && operation !== 'invokeaction';
    await using vent = await serveVent({ policy });
    vent.site.add('other', createVent().exposure);
    await using client = await meet(vent);
    client.send(set({ mode: 'auto' }));
    client.send(request({ sweep: { input: { to: 1 } } }));
    client.send({ ...set({ mode: 'auto' }), id: 'other' });
    const errors = (await client.take(3)).map((message) => dataOf(message));
    expect(errors.map(({ code }) => code)).to.deep.equal([403, 403, 400]);
    expect(errors[2]?.message).to.equal('Thing other not found');
  });

  it('W2 answers what is in flight with 403 and closes with 1008 when its token is revoked', async () => {
    const ended = new AbortController();
    await using vent = await serveVent({ authenticate: () => ({ ...WHO, ended: ended.signal }) });
    await using client = await meet(vent);
    vent.hold();
    client.send(set({ angle: 3 }));
    await client.settled();
    ended.abort();
    expect(dataOf(await client.next())).to.deep.include({ code: 403, request: set({ angle: 3 }) });
    expect((await client.closed).code).to.equal(1008);
  });

  it('W3 loses no frame that is sent with the handshake', async () => {
    let letIn = (): void => {};
    const asked = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    await using vent = await serveVent({ authenticate: () => asked.then(() => WHO) });
    const { host, hostname, port } = new URL(vent.url);
    const socket = connect(Number(port), hostname);
    const key = Buffer.alloc(16).toString('base64');
    const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`;
    const early = Buffer.from(JSON.stringify(set({ mode: 'auto' })));
    const masked = Buffer.concat([Buffer.from([0x81, 0x80 | early.length, 0, 0, 0, 0]), early]);
    socket.write(
      Buffer.concat([Buffer.from(`GET /things/vent HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\n\r\n`), masked]),
    );
    const told = new Subject<void>();
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (answer.includes('"mode":"auto"')) told.next();
    });
    const heard = firstValueFrom(told);
    letIn();
    await heard;
    socket.destroy();
    await once(socket, 'close');
  });

  it('W4 answers the frames that end the originals, and lives', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    const frames: readonly (readonly [string, string])[] = [
      ['null', 'Invalid message'],
      ['[]', 'Invalid message'],
      ['5', 'Invalid message'],
      ['no json', 'Parsing request failed'],
      ['{}', 'Unknown messageType: undefined'],
      ['{"messageType":"dance","data":{}}', 'Unknown messageType: dance'],
      ['{"messageType":"setProperty"}', 'Invalid message'],
      ['{"messageType":"setProperty","data":null}', 'Invalid message'],
      ['{"messageType":"requestAction","data":{"sweep":null}}', 'Invalid message'],
      ['{"messageType":"requestAction","data":{"sweep":5}}', 'Invalid message'],
    ];
    for (const [frame, message] of frames) {
      client.send(frame);
      const answer = await client.next();
      expect(answer, frame).to.include({ messageType: 'error', id: 'vent' });
      expect(dataOf(answer), frame).to.include({ code: 400, status: '400 Bad Request', message });
    }
    client.send(set({ mode: 'auto' }));
    expect(await client.next()).to.deep.equal(status('mode', 'auto'));
  });

  it('W4 closes with 1008 after 20 such in a row, and with 1003 for binary', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    for (let i = 0; i < 20; i++) client.send('null');
    expect((await client.closed).code).to.equal(1008);
    await using binary = await meet(vent);
    binary.ws.send(Buffer.from('{}'), { binary: true });
    expect((await binary.closed).code).to.equal(1003);
  });

  it('W5 tells on /things of the runs of all Things, to those who may ask for them', async () => {
    const policy = ({ operation, principal, invoker }: PolicyQuestion) =>
      operation !== 'queryaction' || invoker === principal.id;
    await using vent = await serveVent({ policy, authenticate: byToken });
    await using mine = await dialOlder(socketOf(vent, '/things'), [], as('ada'));
    await using other = await dialOlder(socketOf(vent, '/things'), [], as('bob'));
    await Promise.all([mine.settled(), other.settled()]);
    mine.waiting.length = 0;
    other.waiting.length = 0;
    mine.send({ ...request({ sweep: { input: { to: 3 } } }), id: 'vent' });
    const [pending, running] = await mine.take(2);
    expect([pending, running].map((message) => runOf(message, 'sweep').status)).to.deep.equal(['pending', 'running']);
    for (const message of [pending, running]) expect(message).to.include({ messageType: 'actionStatus', id: 'vent' });
    await other.settled();
    expect(other.waiting).to.be.empty;
  });

  it('W6, X4 subscribes to events of one Thing and ends that; an unknown one is an error', async () => {
    await using vent = await serveVent();
    const other = createVent();
    vent.site.add('other', other.exposure);
    await using client = await dialOlder(socketOf(vent, '/things'));
    await client.settled();
    client.waiting.length = 0;
    const events = { jammed: { title: 'whatever' }, rainStarted: {}, missing: {} };
    client.send({ messageType: 'addEventSubscription', id: 'vent', data: events });
    expect(dataOf(await client.next())).to.include({ code: 400 });
    other.jammed.next({ angle: 1 });
    vent.jammed.next({ angle: 2 });
    vent.rain.next();
    const [jammed, rain] = await client.take(2);
    expect(jammed).to.include({ messageType: 'event', id: 'vent' });
    expect(runOf(jammed, 'jammed').data).to.deep.equal({ angle: 2 });
    expect(runOf(rain, 'rainStarted').data).to.equal(null);
    client.send({ messageType: 'removeEventSubscription', id: 'vent', data: { jammed: {} } });
    await client.settled();
    vent.jammed.next({ angle: 3 });
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('W6 does not know our message in strict mode', async () => {
    await using vent = await serveVent({ strict: true });
    await using client = await dialOlder(socketOf(vent, '/things/vent'), ['webthing']);
    await client.settled();
    client.waiting.length = 0;
    client.send({ messageType: 'removeEventSubscription', data: { jammed: {} } });
    expect(dataOf(await client.next()).message).to.equal('Unknown messageType: removeEventSubscription');
  });

  it('W7 repeats the part of a request that failed, so that it says which', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    const both = { sweep: { input: { to: 'x' } }, fly: {} };
    client.send({ ...request(both), id: 'vent', more: 1 });
    const [wrong, unknown] = (await client.take(2)).map(dataOf);
    expect(wrong?.request).to.deep.equal({ ...request({ sweep: both.sweep }), id: 'vent' });
    expect(wrong?.message).to.include('Invalid action request');
    expect(unknown?.request).to.deep.equal({ ...request({ fly: {} }), id: 'vent' });
    expect(unknown?.message).to.equal('Invalid thing action name: "fly"');
  });

  it('W8, X7 tells input, error and output of runs; a cancelled one is deleted', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    await using consumer = await vent.dial();
    const words = async (count: number) => (await client.take(count)).map((message) => runOf(message, 'sweep'));
    client.send(request({ sweep: { input: { to: 0 } } }));
    const [pending, running] = await words(2);
    expect(pending)
      .to.include({ status: 'pending' })
      .and.to.deep.include({ input: { to: 0 } });
    expect(pending?.href).to.match(/^\/things\/vent\/actions\/sweep\/[\w-]+$/);
    expect(running).to.include({ status: 'running', href: pending?.href, timeRequested: pending?.timeRequested });
    vent.sweeps[0]?.finish();
    const [completed] = await words(1);
    expect(completed)
      .to.deep.include({ status: 'completed', output: { steps: 7 } })
      .and.to.include.keys('timeCompleted');
    client.send(request({ sweep: { input: { to: 1 } } }));
    await words(2);
    vent.sweeps[1]?.fail(new Error('secret inner reason'));
    const [failed] = await words(1);
    expect(failed).to.include({ status: 'failed' });
    expect(failed?.error).to.include({ status: 500 });
    expect(JSON.stringify(failed)).not.to.include('secret');
    client.send(request({ sweep: { input: { to: 2 } } }));
    const [third] = await words(2);
    await consumer.ask('cancelaction', { actionID: String(third?.href).split('/').at(-1) });
    const [deleted] = await words(1);
    expect(deleted).to.include({ status: 'deleted', href: third?.href }).and.not.to.have.property('error');
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('tells the requester of an action that answers at its end, which has no address', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    await using other = await meet(vent);
    client.send(request({ beep: { input: { times: 2 } } }));
    const run = runOf(await client.next(), 'beep');
    expect(run).to.deep.include({ status: 'completed', input: { times: 2 }, output: true });
    expect(run).to.include.keys('timeRequested', 'timeCompleted').and.not.to.have.property('href');
    client.send(request({ beep: { input: { times: 10 } } }));
    expect(dataOf(await client.next())).to.include({ code: 503, message: 'The sounder is tired' });
    await other.settled();
    expect(other.waiting).to.be.empty;
  });

  it('tells of a run that ends with its Thing as far as the event says, then that the Thing is gone', async () => {
    await using vent = await serveVent();
    await using client = await dialOlder(socketOf(vent, '/things'));
    client.send({ ...request({ sweep: { input: { to: 3 } } }), id: 'vent' });
    await client.take(7);
    await vent.site.remove('vent');
    const [failed, removed] = await client.take(2);
    expect(runOf(failed, 'sweep')).to.have.all.keys('href', 'status').and.to.include({ status: 'failed' });
    expect(removed).to.deep.equal({ messageType: 'thingRemoved', id: 'vent', data: {} });
  });

  it('W9 never says 404 of an affordance', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    client.send(set({ missing: 1, __proto__x: 1 }));
    client.send(request({ missing: {} }));
    client.send({ messageType: 'addEventSubscription', data: { missing: {} } });
    client.send({ messageType: 'removeEventSubscription', data: { missing: {} } });
    for (const message of await client.take(5)) expect(dataOf(message)).to.include({ code: 400 });
  });

  it('W10 gives up a socket after two pings without an answer', async () => {
    await using vent = await serveVent({}, { pingInterval: 20 });
    await using silent = await dialOlder(socketOf(vent, '/things/vent'), [], { autoPong: false });
    expect((await silent.closed).code).to.equal(1006);
  });

  it('W10 conflates for a slow reader; in strict mode it is closed', async () => {
    for (const strict of [false, true]) {
      await using vent = await serveVent({ strict }, { maxBuffered: 20_000 });
      await using slow = await dialOlder(socketOf(vent, '/things/vent'), ['webthing']);
      await slow.settled();
      slow.waiting.length = 0;
      slow.ws.pause();
      const changes = 10_000;
      for (let i = 1; i <= changes; i++) {
        vent.blueprint.set({ i, padding: 'x'.repeat(1000) });
        if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      slow.ws.resume();
      if (strict) {
        expect((await slow.closed).code).to.equal(1013);
        expect(slow.waiting.some((message) => 'conflated' in message)).to.equal(false);
        continue;
      }
      let told = 0;
      for (let last = 0; last !== changes; ) {
        const message = await slow.next();
        last = Number(runOf(message, 'blueprint').i);
        told += typeof message.conflated === 'number' ? message.conflated : 1;
      }
      expect(told).to.equal(changes);
    }
  });

  it('W11 gives each event of a Thing a time of its own, in milliseconds at least', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    client.send({ messageType: 'addEventSubscription', data: { jammed: {} } });
    await client.settled();
    for (let angle = 0; angle < 50; angle++) vent.jammed.next({ angle });
    const times = (await client.take(50)).map((message) => String(runOf(message, 'jammed').timestamp));
    expect(new Set(times)).to.have.length(50);
    for (const time of times) expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z$/);
  });

  it('W12 refuses an address that comes back too often before anything else, and says for how long', async () => {
    const tooMany = new ThingError('tooMany', 'Too many attempts', { retryAfter: 30 });
    await using vent = await serveVent({ authenticate: () => Promise.reject(tooMany) });
    const refused = await refusalOf(socketOf(vent, '/things'));
    expect(refused).to.deep.equal({ status: 429, detail: 'Too many attempts' });
  });

  it('refuses a flood of messages in its own words', async () => {
    await using vent = await serveVent({}, { messagesPerSecond: 3 });
    await using client = await meet(vent);
    for (let i = 0; i < 5; i++) client.send(set({ missing: 1 }));
    const codes = (await client.take(5)).map((message) => dataOf(message).code);
    expect(codes).to.include(400).and.to.include(503);
  });

  it('asks for the id on /things, and for one that is there', async () => {
    await using vent = await serveVent();
    await using client = await dialOlder(socketOf(vent, '/things'));
    await client.settled();
    client.waiting.length = 0;
    client.send(set({ mode: 'auto' }));
    client.send({ ...set({ mode: 'auto' }), id: 'nobody' });
    client.send({ ...set({ mode: 'auto' }), id: '__proto__' });
    client.send({ ...set({ mode: 'auto' }), id: 5 });
    const errors = (await client.take(4)).map(dataOf);
    expect(errors.map(({ message }) => message)).to.deep.equal([
      'Missing thing id',
      'Thing nobody not found',
      'Thing __proto__ not found',
      'Invalid message',
    ]);
    expect(errors[0]).to.deep.include({ code: 400, request: set({ mode: 'auto' }) });
    client.send({ ...set({ mode: 'auto' }), id: 'vent' });
    expect(await client.next()).to.deep.equal(status('mode', 'auto'));
  });

  it('takes names for what they are, and 200 of them', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', '']) {
      for (const messageType of ['setProperty', 'requestAction', 'addEventSubscription']) {
        client.send(`{"messageType":"${messageType}","data":{${JSON.stringify(name)}:{}}}`);
        const { code, request: repeated } = dataOf(await client.next());
        expect(code, name).to.equal(400);
        expect(JSON.stringify(repeated)).to.equal(
          `{"messageType":"${messageType}","data":{${JSON.stringify(name)}:{}}}`,
        );
      }
    }
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`name${i}`, i]));
    client.send(set(many));
    expect((await client.take(200)).map((message) => dataOf(message).request)).to.deep.equal(
      Object.entries(many).map(([name, value]) => set(own(name, value))),
    );
  });

  it('survives whatever it is sent', async () => {
    await using vent = await serveVent({}, { unusableFrames: Number.POSITIVE_INFINITY });
    await using client = await meet(vent);
    const type = fc.constantFrom('setProperty', 'requestAction', 'addEventSubscription', 'removeEventSubscription');
    const entries = fc.dictionary(fc.constantFrom('angle', 'sweep', 'beep', 'jammed', '__proto__'), fc.jsonValue());
    const frame = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { messageType: fc.oneof(type, fc.jsonValue()), data: fc.oneof(entries, fc.jsonValue()), id: fc.jsonValue() },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(frame, async (message) => {
        client.send(JSON.stringify(message));
        await client.settled();
        for (const answer of client.waiting.splice(0)) expect(answer).to.include.keys('messageType', 'data');
      }),
      { numRuns: 200 },
    );
  });

  it('closes with 1000 when its only Thing is removed, and says nothing before', async () => {
    await using vent = await serveVent();
    await using client = await meet(vent);
    await vent.site.remove('vent');
    expect(await client.closed).to.deep.equal({ code: 1000, reason: 'the Thing was removed' });
    expect(client.waiting).to.be.empty;
  });

  it('leaves no reader behind when clients of all dialects vanish under load', async () => {
    const questions: string[] = [];
    const policy = ({ operation }: PolicyQuestion): boolean => questions.push(operation) > 0;
    await using vent = await serveVent({ policy });
    for (let round = 0; round < 10; round++) {
      await using older = await dialOlder(socketOf(vent, '/things'));
      await using lab = await dialOlder(socketOf(vent, '/things/vent/ws'));
      await using consumer = await vent.dial();
      lab.send({ messageType: 'addActionObservation', data: { sweep: true } });
      consumer.send('subscribeallevents');
      vent.wind.set(round + 10);
      if (round % 2 === 0) await older.next();
    }
    await using last = await vent.dial();
    questions.length = 0;
    await last.ask('invokeaction', { name: 'sweep', input: { to: 9 } });
    await last.ask('readproperty', { name: 'wind' });
    expect(questions).not.to.include('queryaction');
  });
});

const WHO = { principal: { id: 'user:ada', kind: 'user', grants: [] } } as const;

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const byToken = (credentials: { readonly kind: string; readonly token?: string }) =>
  credentials.kind === 'bearer' ? { principal: { ...WHO.principal, id: `user:${credentials.token}` } } : undefined;

/** The members of what has to be an object. */
function members(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`no object: ${JSON.stringify(value)}`);
  return { ...value };
}

const dataOf = (message: Message | undefined) => members(message?.data);

/** The entry of one name in the data of a message. */
const runOf = (message: Message | undefined, name: string) => members(dataOf(message)[name]);

/** A Thing whose values come late: `read` when they are answered, `both` also when they are pushed. */
async function serveLate() {
  const Sensor = defineThing({
    title: 'Sensor',
    properties: {
      read: { schema: t.Integer(), readOnly: true },
      both: { schema: t.Integer(), readOnly: true },
      broken: { schema: t.Integer(), readOnly: true },
    },
  });
  const pushed = state<number>();
  const answer = new Subject<number>();
  const exposure = expose(Sensor, () => ({
    properties: {
      read: { read: () => firstValueFrom(answer) },
      both: { value: pushed.value, read: () => firstValueFrom(answer) },
      broken: { read: () => Promise.reject(new Error('no sensor')) },
    },
  }));
  const served = await serve({ things: { sensor: exposure }, bindings: [websocket({ listen: { port: 0 } })] });
  return {
    url: served.url.replace('http', 'ws'),
    pushed,
    answer,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}
