import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Log, ThingError } from '@thingwright/core';
import { type Dial, type DialOptions, dialIn } from '@thingwright/device-link/device';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { type WebSocket, WebSocketServer } from 'ws';
import { type FakeTimer, fakeTimer } from '../../../../test/fake-timer.js';

type Answer = { readonly status: number; readonly headers?: Record<string, string> } | 'accept';

interface Fixture extends AsyncDisposable {
  readonly dial: Dial;
  readonly timer: FakeTimer;
  readonly logged: string[];
  readonly handshakes: { readonly authorization: string | undefined }[];
  /** The next connection that is accepted. */
  connection(): Promise<WebSocket>;
  /** Resolves once the connection stands so. */
  until(state: 'CONNECTING' | 'OPEN' | 'CLOSED'): Promise<unknown>;
}

/** A server that answers handshakes as told (then accepts), and a device that dials it. */
async function openFixture(answers: Answer[], options: Partial<DialOptions> = {}): Promise<Fixture> {
  const timer = fakeTimer();
  const logged: string[] = [];
  const write = (details: object, message = ''): void => void logged.push(`${message} ${JSON.stringify(details)}`);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const handshakes: { authorization: string | undefined }[] = [];
  const server = createServer();
  const websockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    handshakes.push({ authorization: request.headers.authorization });
    const answer = answers.shift() ?? 'accept';
    if (answer === 'accept') {
      websockets.handleUpgrade(request, socket, head, (ws) => websockets.emit('connection', ws));
      return;
    }
    const headers = Object.entries({ ...answer.headers, 'Content-Length': '0' }).map(([n, v]) => `${n}: ${v}\r\n`);
    socket.end(`HTTP/1.1 ${answer.status} No\r\n${headers.join('')}\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const dial = dialIn({
    url: `ws://127.0.0.1:${port}/ws/device/ems_001`,
    name: 'ems_001',
    token: 'very-secret',
    log,
    timer,
    backOff: { random: () => 1 },
    ...options,
  });
  return {
    dial,
    timer,
    logged,
    handshakes,
    connection: async () => {
      const [websocket] = await once(websockets, 'connection');
      return websocket;
    },
    until: (state) => firstValueFrom(dial.state.pipe(filter((s) => s.state === state))),
    async [Symbol.asyncDispose]() {
      await dial[Symbol.asyncDispose]();
      await dial[Symbol.asyncDispose]();
      for (const client of websockets.clients) client.terminate();
      server.close();
      await once(server, 'close');
      expect(timer.running, 'no timer is left').to.equal(0);
      expect(logged.join('\n')).not.to.include('very-secret');
    },
  };
}

describe('A device that dials in', () => {
  it('shows its token in the header, sends objects as JSON and hears commands', async () => {
    const commands: string[] = [];
    await using f = await openFixture([], { onCommand: (text) => commands.push(text) });
    const server = await f.connection();
    await f.until('OPEN');
    expect(f.handshakes).to.deep.equal([{ authorization: 'Bearer very-secret' }]);
    const received = once(server, 'message');
    expect(f.dial.send({ a: 1 })).to.equal(true);
    expect(String((await received)[0])).to.equal('{"a":1}');
    server.send('{"command_id":"c"}');
    server.ping();
    await once(server, 'pong');
    expect(commands).to.deep.equal(['{"command_id":"c"}']);
  });

  it('says that it sends nothing while there is no connection', async () => {
    await using f = await openFixture([]);
    expect(f.dial.send('x')).to.equal(false);
  });

  it('reconnects for ever with waits that double up to 30 s, and begins anew after a stable connection', async () => {
    const down: Answer[] = Array.from({ length: 6 }, () => ({ status: 500 }));
    await using f = await openFixture(down);
    for (const wait of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      await f.until('CLOSED');
      const before = f.handshakes.length;
      f.timer.pass(wait - 1);
      expect(f.handshakes).to.have.length(before);
      f.timer.pass(1);
      await f.until('CONNECTING');
    }
    const server = await f.connection();
    await f.until('OPEN');
    f.timer.pass(10_000);
    server.terminate();
    await f.until('CLOSED');
    f.timer.pass(2000);
    await f.until('OPEN');
    expect(f.handshakes).to.have.length(8);
  });

  it('logs the close code and tells it', async () => {
    await using f = await openFixture([]);
    const server = await f.connection();
    await f.until('OPEN');
    const closed = f.until('CLOSED');
    server.close(1008, 'replaced');
    expect(await closed).to.deep.equal({ state: 'CLOSED', code: 1008 });
    expect(f.logged.join('\n')).to.include('1008').and.include('replaced');
  });

  for (const [status, code] of [
    [401, 'unauthenticated'],
    [403, 'forbidden'],
  ] as const) {
    it(`T12: stops for good when the handshake is answered with ${status}`, async () => {
      await using f = await openFixture([{ status }]);
      const end = await f.dial.ended;
      expect(end.cause).to.equal('refused');
      expect(end.error).to.be.instanceOf(ThingError).and.include({ code });
      expect(end.error?.detail).to.include('ems_001').and.include(String(status));
      f.timer.pass(3_600_000);
      expect(f.handshakes).to.have.length(1);
    });
  }

  it('waits as long as the server says, also after a 403 that says it', async () => {
    await using f = await openFixture([{ status: 403, headers: { 'Retry-After': '45' } }]);
    await firstValueFrom(f.dial.state.pipe(filter((s) => s.status === 403)));
    f.timer.pass(44_999);
    expect(f.handshakes).to.have.length(1);
    f.timer.pass(1);
    await f.until('OPEN');
  });

  it('dials anew when it hears nothing for a minute, not even the answer to its own ping', async () => {
    await using f = await openFixture([]);
    const server = await f.connection();
    await f.until('OPEN');
    server.pause();
    const closed = f.until('CLOSED');
    f.timer.pass(60_000);
    expect(await closed).to.deep.equal({ state: 'CLOSED', code: 1006 });
    f.timer.pass(2000);
    await f.until('OPEN');
  });

  it('ends with its signal, whatever it is doing', async () => {
    const stop = new AbortController();
    await using f = await openFixture([{ status: 503 }], { signal: stop.signal });
    await firstValueFrom(f.dial.state.pipe(filter((s) => s.status === 503)));
    stop.abort();
    expect(await f.dial.ended).to.deep.equal({ cause: 'stopped' });
    f.timer.pass(3_600_000);
    expect(f.handshakes).to.have.length(1);
  });

  it('does not dial at all when its signal has fired before', async () => {
    await using f = await openFixture([], { signal: AbortSignal.abort() });
    expect(await f.dial.ended).to.deep.equal({ cause: 'stopped' });
    expect(f.handshakes).to.deep.equal([]);
  });

  it('survives a command handler that throws', async () => {
    await using f = await openFixture([], {
      onCommand: () => {
        throw new Error('a bug');
      },
    });
    const server = await f.connection();
    server.send('x');
    server.ping();
    await once(server, 'pong');
    expect(f.logged.join('\n')).to.include('could not be dealt with');
  });

  it('refuses an address that is none at once', () => {
    expect(() => dialIn({ url: 'nowhere', name: 'x', token: 'y' })).to.throw(SyntaxError);
  });
});
