import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { silent } from '@thingwright/core';
import { expect } from 'chai';
import { placeToRead, readInPlace } from '../src/read-in-place.js';
import { binary, CLOSE, encoded, fragments, PING, text } from './client-frames.js';
import { type DoorServer, doorServer } from './door-server.js';
import { type Accepted, LIMIT, openSite, type Site, type SiteOptions, socketOf, until, write } from './line-site.js';
import { type RawClient, rawClient } from './raw-client.js';

const PONG = Buffer.concat([Buffer.from([0x8a, PING.payload.length]), PING.payload]);

const connectionsOf = ({ server }: DoorServer): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

for (const canReadInPlace of [true, false]) {
  const open = (options: SiteOptions = {}): Promise<Site> => openSite({ canReadInPlace, ...options });

  describe(`A socket that ${canReadInPlace ? 'is read in place' : 'cannot be read in place'}`, () => {
    it(`is ${canReadInPlace ? 'another one, in memory that all share' : 'the one that was accepted'}`, async () => {
      await using site = await open();
      const ends = [await site.dial(), await site.dial()] as const;
      for (const end of ends) await write(end, encoded(text('here')));
      for (const [, own] of ends) expect(socketOf(own) !== own.handed).to.equal(canReadInPlace);
      const [one, other] = ends.map(([, { last }]) => last);
      expect(one?.buffer === other?.buffer).to.equal(canReadInPlace);
      for (const [client] of ends) client[Symbol.dispose]();
    });

    it('gives texts, fragments and binary messages, however they come', async () => {
      await using site = await open();
      const end = await site.dial();
      const [client, own] = end;
      await write(end, Buffer.concat([text('one'), text('two'), PING, text('three')].map(encoded)));
      for (const byte of encoded(text('é by bytes'))) await write(end, Buffer.from([byte]));
      for (const part of fragments('frag', 'men', 'ts')) await write(end, encoded(part));
      const file = Buffer.alloc(65_000, 'file');
      const bytes = encoded(binary(file));
      await write(end, bytes.subarray(0, 50_000));
      await write(end, Buffer.concat([bytes.subarray(50_000), encoded(text('after the file'))]));
      await write(end, encoded(binary(Buffer.from('small'))));
      await write(end, encoded(text('x'.repeat(60_000))));
      const texts = ['one', 'two', 'three', 'é by bytes', 'fragments'];
      expect(own.heard).to.deep.equal([...texts, file, 'after the file', Buffer.from('small'), 'x'.repeat(60_000)]);
      await until(() => client.received().length === PONG.length);
      expect(client.received()).to.deep.equal(PONG);
      client[Symbol.dispose]();
    });

    it('takes along what came with the handshake, and what came before its answer, in order', async () => {
      let knocked = (): void => {};
      let isLate = false;
      await using site = await open({
        async before({ socket }) {
          knocked();
          if (isLate) await until(() => socket.readableLength > 0);
        },
      });
      const early = Buffer.concat([text('one'), text('two')].map(encoded));
      for (isLate of [false, true]) {
        const wasHeard = new Promise<void>((resolve) => {
          knocked = resolve;
        });
        using client = await rawClient(site.door.port, { head: early.subarray(0, 11) });
        const count = site.accepted.length;
        await wasHeard;
        client.socket.write(early.subarray(11));
        await client.answer;
        client.socket.write(encoded(text('three')));
        await until(() => site.accepted[count]?.heard.length === 3);
        expect(site.accepted[count]?.heard).to.deep.equal(['one', 'two', 'three']);
      }
    });

    it('gives what came with the handshake after a pause that began at once', async () => {
      await using site = await open({ opened: (line) => line.pause() });
      const [client, { heard, line }] = await site.dial({ head: encoded(text('one')) });
      client.socket.write(encoded(text('two')));
      await until(() => client.socket.writableLength === 0);
      for (let i = 0; i < 20; i++) await setImmediate();
      expect(heard).to.deep.equal([]);
      line.resume();
      await until(() => heard.length === 2);
      expect(heard).to.deep.equal(['one', 'two']);
      client[Symbol.dispose]();
    });

    it('answers a handshake that is none', async () => {
      await using site = await open();
      using client = await rawClient(site.door.port, { headers: { 'Sec-WebSocket-Key': 'short' } });
      expect(await client.answer).to.equal('HTTP/1.1 400 Bad Request');
      expect(await client.closed).to.equal(undefined);
      expect(site.accepted).to.deep.equal([]);
      await until(async () => (await connectionsOf(site.door)) === 0);
    });

    it('ends with what is too long', async () => {
      await using site = await open();
      const [client, own] = await site.dial();
      client.socket.write(Buffer.concat([encoded(text('one')), encoded(text('x'.repeat(LIMIT + 1)))]));
      expect(await own.closed).to.equal(1009);
      expect(own.heard).to.deep.equal(['one']);
      await client.closed;
    });

    const endings: Readonly<Record<string, (client: RawClient, own: Accepted) => number>> = {
      'the client closes it'({ socket }) {
        socket.write(encoded(CLOSE));
        return 1000;
      },
      'the server closes it'({ socket, received }, { line }) {
        line.close(1008, 'replaced');
        socket.on('data', () => {
          if (received()[0] === 0x88) socket.write(encoded(CLOSE));
        });
        return 1008;
      },
      'the client ends it without a word'({ socket }) {
        socket.end();
        return 1006;
      },
      'the client resets it'({ socket }) {
        socket.resetAndDestroy();
        return 1006;
      },
      'the request is destroyed'(_client, { upgrade }) {
        upgrade.request.destroy();
        return 1006;
      },
      'the socket that was accepted is destroyed'(_client, { handed }) {
        handed.destroy();
        return 1006;
      },
      'the socket that was accepted is destroyed with an error'(_client, { handed }) {
        handed.destroy(new Error('on purpose'));
        return 1006;
      },
      'the upgrade is refused after all'(_client, { upgrade }) {
        upgrade.socket.once('finish', () => upgrade.socket.destroy());
        upgrade.refuse(500);
        return 1006;
      },
    };
    for (const [name, act] of Object.entries(endings)) {
      it(`is gone for everybody when ${name}`, async () => {
        await using site = await open();
        const end = await site.dial();
        const [client, own] = end;
        await write(end, encoded(text('here')));
        const sockets = [own.handed, socketOf(own)];
        const gone = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
        const code = act(client, own);
        expect(await own.closed).to.equal(code);
        await gone;
        await client.closed;
        expect(sockets.map(({ destroyed }) => destroyed)).to.deep.equal([true, true]);
        expect(await connectionsOf(site.door)).to.equal(0);
        site.door.server.close();
        await once(site.door.server, 'close');
        expect(own.heard).to.deep.equal(['here']);
      });
    }

    it('still gets what is sent to a client that has ended its half', async () => {
      await using site = await open();
      const [client, own] = await site.dial({ allowHalfOpen: true });
      const { line } = own;
      line.send('x'.repeat(500_000));
      client.socket.end();
      await own.closed;
      await until(() => client.received().length >= 500_000);
      client[Symbol.dispose]();
    });

    it('knows addresses, also after its end; its timeout is off', async () => {
      await using site = await open({
        async before({ socket }) {
          socket.setTimeout(20_000);
        },
      });
      const [client, own] = await site.dial();
      const { localPort } = client.socket;
      expect(own.handed.timeout ?? 0).to.equal(0);
      expect(socketOf(own).timeout ?? 0).to.equal(0);
      const { localAddress, localPort: port } = socketOf(own);
      expect({ localAddress, port }).to.deep.equal({ localAddress: '127.0.0.1', port: site.door.port });
      const addresses = (): unknown[] =>
        [own.handed, socketOf(own)].map(({ remoteAddress, remotePort, remoteFamily }) => [
          remoteAddress,
          remotePort,
          remoteFamily,
        ]);
      expect(addresses()).to.deep.equal(Array(2).fill(['127.0.0.1', localPort, 'IPv4']));
      client.socket.end();
      await own.closed;
      await until(() => socketOf(own).destroyed);
      expect(addresses()).to.deep.equal(Array(2).fill(['127.0.0.1', localPort, 'IPv4']));
    });
  });
}

describe('A socket that is not as expected', () => {
  const cases: Readonly<Record<string, (socket: Socket) => void>> = {
    'that somebody else reads'(socket) {
      socket.on('data', () => {});
    },
    'of another class'(socket) {
      Object.setPrototypeOf(socket, Object.create(Socket.prototype));
    },
    'of whose handle no socket can be made'(socket) {
      const get = (): object => {
        Reflect.deleteProperty(socket, '_handle');
        return { useUserBuffer() {} };
      };
      Object.defineProperty(socket, '_handle', { configurable: true, get });
    },
  };
  for (const [name, prepare] of Object.entries(cases)) {
    it(`is used as it is: one ${name}`, async () => {
      await using site = await openSite({ before: async ({ socket }) => prepare(socket) });
      await expectUsedAsItIs(site);
    });
  }
});

/** That a socket stays with the one that was accepted, and is read. */
async function expectUsedAsItIs(site: Site): Promise<void> {
  const end = await site.dial();
  await write(end, encoded(text('one')));
  const [client, own] = end;
  expect(own.heard).to.deep.equal(['one']);
  expect(socketOf(own)).to.equal(own.handed);
  client[Symbol.dispose]();
}

describe('Reading in place', () => {
  it('ends a connection whose reader throws, and not the process', async () => {
    const errors: unknown[] = [];
    await using door = await doorServer((upgrade) => {
      const { lead } = readInPlace(upgrade, placeToRead(LIMIT), {
        ...silent,
        error: (_, message) => void errors.push(message),
      });
      lead({
        read() {
          throw new Error('on purpose');
        },
      });
    });
    using client = await rawClient(door.port);
    await until(async () => (await connectionsOf(door)) === 1);
    const timer = setInterval(() => client.socket.write('x'), 1);
    await client.closed;
    clearInterval(timer);
    await until(async () => (await connectionsOf(door)) === 0);
    expect(errors).to.deep.equal(['what came over a connection could not be dealt with']);
  });

  it('is not for doors with longer messages, which would be copied', async () => {
    await using site = await openSite({ maxPayload: LIMIT + 1 });
    await expectUsedAsItIs(site);
  });

  it('has a place that cannot be given away', () => {
    const place = placeToRead(LIMIT);
    try {
      if (place) structuredClone(place, { transfer: [place.buffer] });
    } catch {
      // Newer releases of Node say so.
    }
    expect(place).to.have.length(65_536);
  });
});

describe('A socket with TLS', () => {
  const pem = (kind: string): Buffer =>
    readFileSync(new URL(`../../listener/test/localhost.${kind}.pem`, import.meta.url));

  it('is used as it is', async () => {
    await using site = await openSite({ tls: { key: pem('key'), cert: pem('cert') } });
    const [client, own] = await site.dial();
    client.socket.write(Buffer.concat([text('one'), binary(Buffer.from([1])), text('two')].map(encoded)));
    await until(() => own.heard.length === 3);
    expect(own.heard).to.deep.equal(['one', Buffer.from([1]), 'two']);
    expect(socketOf(own)).to.equal(own.handed);
    client[Symbol.dispose]();
  });
});
