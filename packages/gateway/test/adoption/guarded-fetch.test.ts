import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { createGuardedFetch } from '../../src/adoption/guarded-fetch.js';
import { createReachableAddresses } from '../../src/adoption/reachable-addresses.js';

/** A server that says the same to whatever it is asked. */
async function openServer(say: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => say(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  return {
    url: `http://127.0.0.1:${address.port}/td`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

const fetchIt = createGuardedFetch(createReachableAddresses(['127.0.0.0/8']), { bodySize: 1000 });

const outcome = async (doing: Promise<Response>): Promise<string> => {
  try {
    const response = await doing;
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
};

describe('createGuardedFetch', () => {
  for (const status of ['999 x', '600 x', '000 x', '99 x']) {
    it(`survives a server that answers ${status}`, async () => {
      await using server = await openServer((socket) =>
        socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`),
      );
      expect(await outcome(fetchIt(server.url))).to.match(/^(protocol|Error.*)$/);
    });
  }

  it('does not wait for a server that switches protocols unasked', async () => {
    await using server = await openServer((socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    );
    expect(await outcome(fetchIt(server.url))).to.equal('disconnected');
  });

  it('does not wait for a server that hangs up', async () => {
    await using server = await openServer((socket) => socket.destroy());
    expect(await outcome(fetchIt(server.url))).to.match(/hang up|ECONNRESET/);
  });

  it('gives what was answered, with a body and without', async () => {
    await using server = await openServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi'),
    );
    await using silent = await openServer((socket) =>
      socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'),
    );
    expect(await outcome(fetchIt(server.url))).to.equal('200 hi');
    expect(await outcome(fetchIt(silent.url))).to.equal('204 ');
  });
});
