import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { type Ending, type LinePlan, openLineCutter } from '../src/index.js';
import { openEchoServer } from './echo-server.js';

const GOOD = { delay: 0, rate: undefined, stall: undefined } as const;
const FAR = { at: 60_000, how: 'reset', share: 0 } as const;
const ending = (how: Ending, share = 0): LinePlan => ({ ...GOOD, end: { at: 0, how, share } });

/** An echo behind lines of that plan, and one client on such a line that has had an answer. */
async function openEcho(plan: LinePlan) {
  const server = await openEchoServer();
  const cutter = await openLineCutter({ target: server.port, plan: () => plan });
  const client = connect({ port: cutter.port, host: '127.0.0.1', allowHalfOpen: true });
  const errors: unknown[] = [];
  client.on('error', ({ message }) => errors.push(message));
  client.write('hello');
  expect(await read(client, 5)).to.equal('hello');
  return {
    server,
    cutter,
    client,
    errors,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await cutter[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Whether it had an error when it closes; `once` would reject with that. */
const closing = (socket: Socket): Promise<boolean> => new Promise((resolve) => socket.once('close', resolve));

/** The next bytes, that many. */
async function read(socket: Socket, count: number): Promise<string> {
  let text = '';
  while (text.length < count) {
    const [bytes]: unknown[] = await once(socket, 'data');
    text += String(bytes);
  }
  return text;
}

describe('A line cutter', () => {
  it('leads to its target over good lines until it is told to begin', async () => {
    await using echo = await openEcho(ending('reset'));
    const large = 'x'.repeat(300_000);
    echo.client.write(large);
    expect(await read(echo.client, large.length)).to.equal(large);
    echo.client.end('bye');
    const ended = once(echo.client, 'end');
    const inner = await firstValueFrom(echo.server.sockets);
    if (!inner.readableEnded) await once(inner, 'end');
    inner.end();
    await ended;
    expect(echo.cutter.counts()).to.include({ lines: 1, torn: 0 });
  });

  it('resets both sides of a line', async () => {
    await using echo = await openEcho(ending('reset'));
    const inner = await firstValueFrom(echo.server.sockets);
    const closed = Promise.all([closing(echo.client), closing(inner)]);
    echo.cutter.begin();
    expect(await closed).to.deep.equal([true, true]);
    expect(echo.errors).to.deep.equal(['read ECONNRESET']);
    expect(echo.client.readableEnded).to.equal(false);
    expect(echo.cutter.counts().endings.reset).to.equal(1);
  });

  it('closes both sides of a line in order', async () => {
    await using echo = await openEcho(ending('finish'));
    const inner = await firstValueFrom(echo.server.sockets);
    const ended = Promise.all([once(echo.client, 'end'), once(inner, 'end')]);
    echo.cutter.begin();
    await ended;
    expect(echo.errors).to.deep.equal([]);
  });

  for (const [how, closed, open] of [
    ['finishToClient', 'client', 'server'],
    ['finishToServer', 'server', 'client'],
  ] as const) {
    it(`closes a line towards the ${closed} only, and resets it in the end: ${how}`, async () => {
      await using echo = await openEcho(ending(how));
      const inner = await firstValueFrom(echo.server.sockets);
      const sides = { client: echo.client, server: inner };
      let others = 0;
      sides[open].on('end', () => others++);
      const over = closing(sides[open]);
      const ended = once(sides[closed], 'end');
      echo.cutter.begin();
      await ended;
      expect(others).to.equal(0);
      const arrived = read(sides[open], 4);
      sides[closed].write('more');
      expect(await arrived).to.equal('more');
      await over;
    });
  }

  it('tears what is on its way', async () => {
    await using echo = await openEcho(ending('reset', 0.5));
    let received = 0;
    const ask = (): boolean => echo.client.write('123456789');
    // A reset that comes together with data is an end to Node.
    echo.client.on('end', () => echo.client.destroy());
    echo.client.on('data', ({ length }) => {
      received += length;
      if (received % 9 === 0) ask();
    });
    const closed = closing(echo.client);
    ask();
    echo.cutter.begin();
    await closed;
    expect(received % 9).to.equal(4);
    expect(echo.cutter.counts().torn).to.equal(1);
  });

  it('refuses lines, and silences others until it calms down', async () => {
    const server = await openEchoServer();
    await using _server = server;
    const plans = [ending('silence'), ending('refusal')];
    await using cutter = await openLineCutter({
      target: server.port,
      plan: (number) => plans[number] ?? ending('reset'),
    });
    const silent = connect({ port: cutter.port, host: '127.0.0.1' });
    silent.on('error', () => {});
    silent.write('hello');
    await read(silent, 5);
    cutter.begin();
    const inner = await firstValueFrom(server.sockets);
    let innerHeard = 0;
    inner.on('data', () => innerHeard++);
    const refused = connect({ port: cutter.port, host: '127.0.0.1' });
    const error = await new Promise((resolve) => refused.once('error', resolve));
    expect(error).to.have.property('code', 'ECONNRESET');
    while (cutter.counts().endings.silence === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = closing(silent);
    silent.write('is anybody there?');
    inner.write('nobody hears this');
    let heard = 0;
    silent.on('data', () => heard++);
    await new Promise((resolve) => inner.write('', resolve));
    cutter.calm();
    await closed;
    expect([heard, innerHeard]).to.deep.equal([0, 0]);
  });

  it('delays what passes, and limits how much', async () => {
    await using echo = await openEcho({ ...GOOD, delay: 30, rate: 20_000, end: FAR });
    echo.cutter.begin();
    const begun = performance.now();
    echo.client.write('x'.repeat(4000));
    await read(echo.client, 4000);
    // 30 ms each way, and 1000 bytes at once every 50 ms: the last thousand waits three times.
    expect(performance.now() - begun).to.be.at.least(200);
  });

  it('stalls a line so that its sender has to wait, and then brings everything in order', async () => {
    const stall = { at: 0, time: 60_000, way: 'toClient' } as const;
    await using echo = await openEcho({ ...GOOD, stall, end: FAR });
    echo.cutter.begin();
    while (echo.cutter.counts().stalls === 0) await new Promise((resolve) => setImmediate(resolve));
    const inner = await firstValueFrom(echo.server.sockets);
    let heard = 0;
    const count = (): number => heard++;
    echo.client.on('data', count);
    const large = '0123456789'.repeat(400_000);
    for (let i = 0; i < 4; i++) inner.write(large);
    await new Promise((resolve) => setImmediate(resolve));
    expect([heard, inner.writableNeedDrain]).to.deep.equal([0, true]);
    echo.client.off('data', count);
    const all = read(echo.client, large.length * 4);
    echo.cutter.calm();
    expect((await all) === large.repeat(4)).to.equal(true);
  });

  it('makes plans by the number of the line, and forgets lines that are over', async () => {
    await using server = await openEchoServer();
    const numbers: number[] = [];
    await using cutter = await openLineCutter({
      target: server.port,
      plan: (number) => {
        numbers.push(number);
        return ending('refusal');
      },
    });
    cutter.begin();
    for (let i = 0; i < 3; i++) {
      const refused = connect({ port: cutter.port, host: '127.0.0.1' });
      refused.on('error', () => {});
      await closing(refused);
    }
    cutter.calm();
    const good = connect({ port: cutter.port, host: '127.0.0.1' });
    await firstValueFrom(server.sockets);
    expect(cutter.open).to.equal(1);
    good.resetAndDestroy();
    while (cutter.open > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(numbers).to.deep.equal([0, 1, 2]);
  });

  it('leaves nothing open once it is disposed of', async () => {
    await using server = await openEchoServer();
    const cutter = await openLineCutter({ target: server.port, plan: () => ending('reset') });
    const client = connect({ port: cutter.port, host: '127.0.0.1' });
    client.on('error', () => {});
    const inner = await firstValueFrom(server.sockets);
    const closed = Promise.all([closing(client), closing(inner)]);
    await cutter[Symbol.asyncDispose]();
    await closed;
    expect(cutter.open).to.equal(0);
  });
});
