import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { longBody } from '../src/body-time.js';
import { type OpenListener, openListener } from '../src/listener.js';
import { sendRaw } from './raw-request.js';

const LONG = 200_000;

/** A server that gives bodies 400 ms; what comes to `/file` may take long. */
async function open(): Promise<OpenListener> {
  const host = { authenticate: () => undefined };
  const listener = openListener({ port: 0, requestTimeout: 400 }, host);
  listener.fastify.register((app, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, body, parsed) => parsed(null, body));
    app.put('/file', { config: longBody }, async ({ raw }) => {
      let bytes = 0;
      for await (const chunk of raw) bytes += Buffer.byteLength(chunk);
      return `${bytes}`;
    });
    app.put('/unread', { config: longBody }, async ({ raw }) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      raw.resume();
      await once(raw, 'end');
      return 'read';
    });
    done();
  });
  listener.fastify.post('/json', async ({ body }) => body);
  await listener.listen();
  return listener;
}

const head = (line: string, length: number): string =>
  `${line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`;

/** Sends a request whose body comes in parts; gives the answer, empty if there is none. */
async function sendInParts(url: string, begin: string, parts: readonly (Buffer | number)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1'))).on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(begin);
  for (const part of parts) {
    if (typeof part === 'number') await new Promise((resolve) => setTimeout(resolve, part));
    else if (socket.writable) socket.write(part);
  }
  await closed;
  return answer;
}

describe('the time for a body', () => {
  it('is bounded altogether, whatever trickles in', async () => {
    await using listener = await open();
    const trickle = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? Buffer.from(' ') : 100));
    const answer = await sendInParts(listener.url, head('POST /json', 100), trickle);
    expect(answer).to.match(/^HTTP\/1.1 408 .*problem\+json/s);
  });

  it('is bounded where nobody reads the body', async () => {
    await using listener = await open();
    expect(await sendRaw(listener.url, head('POST /nowhere', 100))).to.match(/^HTTP\/1.1 404 /);
    const kept = head('POST /nowhere', 100).replace('Connection: close\r\n', '');
    expect(await sendInParts(listener.url, kept, [])).to.match(/^HTTP\/1.1 404 /);
  });

  it('is as long as a file needs that keeps coming', async () => {
    await using listener = await open();
    const parts = Array.from({ length: 6 }, () => [Buffer.alloc(LONG), 200]).flat();
    const answer = await sendInParts(listener.url, head('PUT /file', 6 * LONG), parts);
    expect(answer).to.match(/^HTTP\/1.1 200 .*1200000$/s);
  });

  it('is over for a file of which too little comes', async () => {
    await using listener = await open();
    const trickle = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? Buffer.alloc(1000) : 100));
    expect(await sendInParts(listener.url, head('PUT /file', 6 * LONG), trickle)).to.match(/^HTTP\/1.1 408 /);
  });

  it('is not over while we are the ones who do not read', async () => {
    await using listener = await open();
    const answer = await sendInParts(listener.url, head('PUT /unread', 6 * LONG), [Buffer.alloc(6 * LONG)]);
    expect(answer).to.match(/^HTTP\/1.1 200 .*read$/s);
  });

  it('does not matter once it is there', async () => {
    await using listener = await open();
    const answer = await sendInParts(listener.url, head('POST /json', 2), [Buffer.from('{}'), 500]);
    expect(answer).to.match(/^HTTP\/1.1 200 /);
  });
});
