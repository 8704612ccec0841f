import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { silent, unread } from '@thingwright/core';
import { expect } from 'chai';
import { concatMap, filter, firstValueFrom, NEVER, Subject } from 'rxjs';
import { type KeyPair, keepCertificate } from '../src/certificate.js';
import { certificateFiles } from '../src/certificate-files.js';

const pairNamed = (name: string) => ({
  key: readFileSync(new URL(`${name}.key.pem`, import.meta.url)),
  cert: readFileSync(new URL(`${name}.cert.pem`, import.meta.url)),
});
const FIRST = pairNamed('localhost');
const SECOND = pairNamed('localhost-renewed');

/** A TLS server with a certificate that the test renews. */
async function open() {
  const logged: [string, object][] = [];
  const log = {
    ...silent,
    warn: (details: object) => void logged.push(['warn', details]),
    error: (details: object) => void logged.push(['error', details]),
  };
  const changes = new Subject<void>();
  const readings = new Subject<void>();
  let pair: KeyPair = FIRST;
  const source = {
    async read() {
      queueMicrotask(() => readings.next());
      return pair;
    },
    changes,
  };
  const server = createServer();
  const kept = await keepCertificate(server, { source, log, meter: unread });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    logged,
    readings,
    async connect(): Promise<TLSSocket> {
      const socket = connect({ port, host: '127.0.0.1', ca: [FIRST.cert, SECOND.cert] });
      await once(socket, 'secureConnect');
      return socket;
    },
    /** Resolves when the server has taken it, or not. */
    async renew(next: KeyPair): Promise<void> {
      pair = next;
      const read = firstValueFrom(readings);
      changes.next();
      await read;
      await new Promise(setImmediate);
    },
    async [Symbol.asyncDispose]() {
      kept[Symbol.dispose]();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const nameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);

describe('the certificate of a TLS door', () => {
  it('is the renewed one for who comes later; who is there stays', async () => {
    await using server = await open();
    const early = await server.connect();
    await server.renew(SECOND);
    const late = await server.connect();
    expect([nameOf(early), nameOf(late)]).to.deep.equal(['localhost (test only)', 'localhost (test only, renewed)']);
    expect([early.destroyed, early.readyState]).to.deep.equal([false, 'open']);
    expect(server.logged).to.deep.equal([]);
  });

  it('goes on where the new one is broken, and the log says so', async () => {
    await using server = await open();
    for (const broken of [
      { key: FIRST.key, cert: SECOND.cert },
      { key: 'no key', cert: 'no certificate' },
    ]) {
      server.logged.length = 0;
      await server.renew(broken);
      expect(nameOf(await server.connect())).to.equal('localhost (test only)');
      expect(server.logged.map(([level]) => level)).to.deep.equal(['error']);
    }
    await server.renew(SECOND);
    expect(nameOf(await server.connect())).to.equal('localhost (test only, renewed)');
  });

  it('speaks TLS 1.2 and later only, after it was renewed too', async () => {
    await using server = await open();
    await server.renew(SECOND);
    const socket = await server.connect();
    expect(socket.getProtocol()).to.equal('TLSv1.3');
  });

  it('has to be one at first', async () => {
    const source = { read: async () => ({ key: FIRST.key, cert: SECOND.cert }), changes: NEVER };
    const error: unknown = await keepCertificate(createServer(), { source, log: silent, meter: unread }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: 'invalid' });
  });
});

describe('the files of a certificate', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thingwright-certificate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const put = async (where: string, { key, cert }: KeyPair): Promise<void> => {
    await writeFile(join(where, 'tls.key'), key);
    await writeFile(join(where, 'tls.crt'), cert);
  };
  const sourceIn = (where: string) =>
    certificateFiles({ key: join(where, 'tls.key'), cert: join(where, 'tls.crt'), interval: 10 });
  /** Watches until the pair is the second one, while `change` is under way. */
  const followed = async (where: string, change: () => Promise<void>): Promise<void> => {
    const source = sourceIn(where);
    const isSecond = (pair: KeyPair): boolean => SECOND.cert.equals(Buffer.from(pair.cert));
    const renewed = firstValueFrom(source.changes.pipe(concatMap(source.read), filter(isSecond)));
    await change();
    expect(await renewed).to.deep.equal(SECOND);
  };

  it('are read again when both are written in place', async () => {
    await put(folder, FIRST);
    await followed(folder, () => put(folder, SECOND));
  });

  it('are read again when others are moved into their places', async () => {
    await put(folder, FIRST);
    await mkdir(join(folder, 'new'));
    await put(join(folder, 'new'), SECOND);
    await followed(folder, async () => {
      for (const name of ['tls.key', 'tls.crt']) await rename(join(folder, 'new', name), join(folder, name));
    });
  });

  it("are read again when a link leads elsewhere, be it their folder's", async () => {
    for (const [name, pair] of [
      ['..1', FIRST],
      ['..2', SECOND],
    ] as const) {
      await mkdir(join(folder, name));
      await put(join(folder, name), pair);
    }
    await symlink('..1', join(folder, '..data'));
    for (const name of ['tls.key', 'tls.crt']) await symlink(join('..data', name), join(folder, name));
    await followed(folder, async () => {
      await symlink('..2', join(folder, '..next'));
      await rename(join(folder, '..next'), join(folder, '..data'));
    });
  });
});
