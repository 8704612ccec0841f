import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { createMeter, type Notification, readerFigures } from '@thingwright/core';
import { expect } from 'chai';
import { EventStream, type Slowness } from '../src/event-stream.js';
import { toSseMessage } from '../src/sse-message.js';

const PAYLOAD = 'x'.repeat(1000);

const notification = (name: string, i: number): Notification => ({
  id: String(i),
  thing: 'urn:x',
  kind: 'property',
  name,
  value: `${i} ${PAYLOAD}`,
  time: `t${i}`,
});

/** An event stream over a real connection, whose reader reads nothing until it is told to. */
async function openPaused(slowness: Slowness) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const asked: Promise<[IncomingMessage, ServerResponse]> = new Promise((resolve) =>
    server.once('request', (request: IncomingMessage, response: ServerResponse) => resolve([request, response])),
  );
  const request = get({ port, host: '127.0.0.1' });
  request.on('error', () => undefined);
  const [, response] = await asked;
  let ended = 0;
  const meter = createMeter();
  const stream = new EventStream(response, slowness, {
    figures: readerFigures(meter, 'http'),
    flushSoon: () => setImmediate(() => stream.flush()),
    ended: () => void ended++,
  });
  stream.begin({ vary: 'Accept', nothing: undefined });
  const [answer]: IncomingMessage[] = await once(request, 'response');
  if (!answer) throw new Error('no answer');
  return {
    stream,
    response,
    answer,
    timesEnded: () => ended,
    counted: (what: string) => meter.read(`thingwright_${what}_total`, { binding: 'http' }),
    /** Reads until the text ends so. */
    async readUntil(end: string): Promise<string> {
      let text = '';
      for await (const chunk of answer) {
        text += String(chunk);
        if (text.endsWith(end)) return text;
      }
      throw new Error('the stream ended');
    },
    async [Symbol.asyncDispose]() {
      request.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Resolves once all is with the reader. */
async function untilEmpty(response: ServerResponse): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  while (response.writableLength > 0) await once(response, 'drain');
}

const messagesIn = (text: string) => text.split('\n\n').slice(0, -1);

describe('an event stream with a slow reader', () => {
  it('keeps of each property the latest, and says how many it stands for', async () => {
    await using open = await openPaused({ conflates: true, maxQueued: 10 });
    const total = 20_000;
    for (let i = 1; i <= total; i++) {
      const change = notification(i % 2 === 0 ? 'even' : 'odd', i);
      open.stream.take(change, toSseMessage(change));
    }
    const last = toSseMessage(notification('even', total));
    const messages = messagesIn(await open.readUntil(last));
    const count = (message: string): number => Number(/^: conflated (\d+)$/m.exec(message)?.[1] ?? 1);
    expect(messages.map(count).reduce((sum, n) => sum + n)).to.equal(total);
    expect(messages.length).to.be.below(200);
    expect(messages.at(-2)).to.contain(`id: t${total - 1}\n`);
    expect(open.counted('notifications_sent')).to.equal(messages.length);
    expect(open.counted('notifications_conflated')).to.equal(total - messages.length);
    expect(open.counted('slow_readers_closed')).to.equal(0);
  });

  it('holds little for a reader that has stalled', async () => {
    await using open = await openPaused({ conflates: true, maxQueued: 10 });
    const written = once(open.response, 'finish');
    for (let round = 0; round < 50; round++) {
      for (let i = 1; i <= 1000; i++) {
        const change = notification('odd', i);
        open.stream.take(change, toSseMessage(change));
      }
      open.stream.flush();
    }
    expect(open.response.writableLength).to.be.below(1_000_000);
    open.stream.cut();
    await Promise.race([written, once(open.response, 'close')]);
    expect(open.timesEnded()).to.equal(1);
  });

  it('keeps every event up to the limit, in order', async () => {
    await using open = await openPaused({ conflates: false, maxQueued: 500 });
    for (let i = 1; i <= 400; i++) {
      const change = notification('odd', i);
      open.stream.take(change, toSseMessage(change));
    }
    const messages = messagesIn(await open.readUntil(toSseMessage(notification('odd', 400))));
    expect(messages.map((message) => /^id: t(\d+)$/m.exec(message)?.[1])).to.deep.equal(
      Array.from({ length: 400 }, (_, i) => String(i + 1)),
    );
  });

  it('is cut when more events wait than may', async () => {
    await using open = await openPaused({ conflates: false, maxQueued: 50 });
    for (let i = 1; i <= 400; i++) {
      const change = notification('odd', i);
      open.stream.take(change, toSseMessage(change));
    }
    expect([open.response.destroyed, open.timesEnded()]).to.deep.equal([true, 1]);
    expect(open.counted('slow_readers_closed')).to.equal(1);
    open.stream.end();
    open.stream.send('too late');
    open.stream.flush();
    expect(open.timesEnded()).to.equal(1);
  });

  it('is cut when more waits than may, however few the messages', async () => {
    await using open = await openPaused({ conflates: false, maxQueued: 500 });
    const take = (i: number): void => open.stream.take(notification('odd', i), 'x'.repeat(1_000_000));
    open.stream.send('x'.repeat(100_000));
    for (let i = 1; i <= 16; i++) take(i);
    expect(open.response.destroyed).to.equal(false);
    take(17);
    expect([open.response.destroyed, open.counted('slow_readers_closed')]).to.deep.equal([true, 1]);
  });

  it('is counted by what waits now: of what was conflated the latest, and nothing of what has left', async () => {
    await using open = await openPaused({ conflates: true, maxQueued: 500 });
    open.stream.send('x'.repeat(100_000));
    for (let i = 1; i <= 100; i++) open.stream.take(notification('odd', i), 'x'.repeat(1_000_000));
    expect(open.response.destroyed).to.equal(false);
    open.answer.resume();
    for (let round = 1; round <= 20; round++) {
      await untilEmpty(open.response);
      for (const name of ['one', 'other', 'third']) open.stream.take(notification(name, round), 'x'.repeat(500_000));
    }
    expect(open.counted('slow_readers_closed')).to.equal(0);
  });

  it('is cut when it takes nothing for three rounds', async () => {
    await using open = await openPaused({ conflates: true, maxQueued: 10 });
    open.stream.send('x'.repeat(20_000_000));
    open.stream.flush();
    expect(open.response.writableLength).to.be.above(0);
    open.stream.keepAlive();
    open.stream.keepAlive();
    expect(open.response.destroyed).to.equal(false);
    open.stream.keepAlive();
    expect(open.response.destroyed).to.equal(true);
  });
});

describe('an event stream', () => {
  it('has its headers, with those that were given', async () => {
    await using open = await openPaused({ conflates: true, maxQueued: 10 });
    expect(open.answer.headers).to.include({ 'content-type': 'text/event-stream', vary: 'Accept' });
    expect(open.answer.headers).to.not.have.property('nothing');
  });

  it('sends what is ready before it ends', async () => {
    await using open = await openPaused({ conflates: true, maxQueued: 10 });
    open.stream.send('a');
    open.stream.send('b');
    open.stream.end();
    open.stream.end();
    expect(await open.readUntil('b')).to.equal('ab');
    expect(open.timesEnded()).to.equal(1);
  });
});
