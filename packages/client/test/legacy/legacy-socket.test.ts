import { createBackOff, silent } from '@thingwright/core';
import { expect } from 'chai';
import { LegacySocket } from '../../src/legacy/legacy-socket.js';
import type { SocketEvents, SocketRequest, Sockets } from '../../src/socket/socket.js';
import { createFakeSchedule } from '../fixtures/fake-schedule.js';
import { rejection } from '../fixtures/rejection.js';

const URL_OF_SOCKET = 'ws://127.0.0.1/things/kiln';

/** A socket over a line in the test's hands. */
function onALine({ settling }: { readonly settling: number }) {
  const time = createFakeSchedule();
  const opened: { readonly request: SocketRequest; readonly events: SocketEvents }[] = [];
  const happened: string[] = [];
  const sockets: Sockets = {
    canSendHeaders: true,
    openSocket(request, events) {
      opened.push({ request, events });
      return {
        send() {},
        close: (code) => events.close({ code, reason: '' }),
        terminate: () => events.close({ code: 1006, reason: '' }),
      };
    },
  };
  const handshake = (protocols: readonly string[]) => async () => ({ url: URL_OF_SOCKET, protocols, headers: {} });
  const socket = new LegacySocket(
    {
      url: URL_OF_SOCKET,
      handshakes: [handshake(['webthing']), handshake([])],
      ...{ settling, sockets, log: silent, connectTimeout: 10_000 },
      schedule: time.schedule,
      backOff: createBackOff({ random: () => 0 }),
    },
    {
      up: () => happened.push('up'),
      message: (text) => happened.push(`message ${text}`),
      down: (isAbrupt) => happened.push(`down ${isAbrupt}`),
      over: ({ code }) => happened.push(`over ${code}`),
    },
  );
  return { time, opened, happened, socket };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('LegacySocket', () => {
  it('sends after the first frame, and hands that over', async () => {
    const { time, opened, happened, socket } = onALine({ settling: 1000 });
    const up = socket.open();
    await turn();
    opened[0]?.events.open('webthing');
    time.advance(999);
    opened[0]?.events.alive();
    expect(happened).to.deep.equal([]);
    opened[0]?.events.message('hello');
    expect(happened).to.deep.equal(['up', 'message hello']);
    await up;
  });

  it('sends after a second without one', async () => {
    const { time, opened, happened, socket } = onALine({ settling: 1000 });
    const up = socket.open();
    await turn();
    opened[0]?.events.open('webthing');
    time.advance(1000);
    await up;
    expect(happened).to.deep.equal(['up']);
  });

  it('tries without a sub-protocol what was not accepted with one, and keeps to what was', async () => {
    const { time, opened, socket } = onALine({ settling: 0 });
    const up = socket.open();
    await turn();
    opened[0]?.events.close({ code: 1006, reason: '' });
    await turn();
    opened[1]?.events.open('');
    await up;
    opened[1]?.events.close({ code: 1006, reason: '' });
    time.advance(1000);
    await turn();
    expect(opened.map(({ request }) => request.protocols)).to.deep.equal([['webthing'], [], []]);
  });

  it('does not try again what was refused with a status', async () => {
    const { opened, happened, socket } = onALine({ settling: 0 });
    const up = socket.open();
    await turn();
    opened[0]?.events.close({ code: 1006, reason: '', status: 401 });
    expect((await rejection(up)).code).to.equal('unauthenticated');
    expect(opened).to.have.length(1);
    expect(happened).to.deep.equal(['over unauthenticated']);
  });

  it('takes a close before the first word for a refusal', async () => {
    const { time, opened, socket } = onALine({ settling: 1000 });
    const up = socket.open();
    await turn();
    opened[0]?.events.open('webthing');
    opened[0]?.events.close({ code: 1005, reason: '' });
    const error = await rejection(up);
    expect(error.code).to.equal('disconnected');
    expect(error.detail).to.match(/refuse the credentials/);
    expect(time.waiting).to.equal(0);
  });

  it('waits so long for a socket to open, and tries nothing else then', async () => {
    const { time, opened, socket } = onALine({ settling: 1000 });
    const up = rejection(socket.open());
    await turn();
    time.advance(9999);
    expect(time.waiting).to.equal(1);
    time.advance(1);
    expect(await up).to.include({ code: 'timeout', detail: `${URL_OF_SOCKET} did not open within 10000 ms` });
    expect(opened).to.have.length(1);
    expect(time.waiting).to.equal(0);
  });

  it('leaves no timer when it is closed', async () => {
    const { time, opened, happened, socket } = onALine({ settling: 0 });
    const up = socket.open();
    await turn();
    opened[0]?.events.open('webthing');
    await up;
    await socket.close();
    await socket.close();
    expect(time.waiting).to.equal(0);
    expect(happened).to.deep.equal(['up', 'over disconnected']);
  });
});
