import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { Deadline } from '../src/connection/deadline.js';
import type { PrinterTarget } from '../src/connection/printer-target.js';
import { discoverPrinters } from '../src/discovery/discover-printers.js';
import { keyFingerprint } from '../src/key-fingerprint.js';
import { openManager } from '../src/manager/manager-session.js';
import { openRobot } from '../src/robot/robot-session.js';
import type { SimulatedPrinter } from '../src/simulator/index.js';
import { HELLO_CIPHER, HELLO_TLS } from '../src/wire/challenge.js';
import { keyBytes, keyText, signRsa } from '../src/wire/rsa.js';
import { CLIENT_KEY, codeOf } from './served-printer.js';
import { simulated, temporaryFolder } from './simulator/simulated.js';

const SLAVE = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const CLIENT_PUBLIC = keyText(CLIENT_KEY);
/** For what comes on a busy machine too; and for what does not come. */
const PATIENT = { open: 4000 };
const SHORT = { open: 200 };
const KEY_OF_NOBODY = { label: 'nobody', key: '' };

/** A server that does to each connection what it is told. */
async function peer(
  behave: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number; readonly open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function targetOf(port: number, told: Partial<PrinterTarget> = {}): PrinterTarget {
  return {
    uuid: 'ffffffff-ffff-ffff-0000-000000000001',
    name: 'bob',
    address: '127.0.0.1',
    ports: { manager: port, robot: port },
    pin: { serial: 'XXXXXXXXXX', masterKey: keyFingerprint(Buffer.from('some key')) },
    slaveKey: SLAVE,
    clientKey: CLIENT_KEY,
    keepTLSKey: async () => undefined,
    isAnother: () => undefined,
    ...told,
  };
}

/** The target that a simulated printer is. */
const targetOfPrinter = (printer: SimulatedPrinter, told: Partial<PrinterTarget> = {}): PrinterTarget =>
  targetOf(printer.managerPort, {
    uuid: printer.uuid,
    ports: { manager: printer.managerPort, robot: printer.robotPort },
    ...told,
  });

/** The key of this boot, as discovery learns it. */
async function slaveKeyOf({ uuid, address, discoveryPort: port }: SimulatedPrinter): Promise<KeyObject | undefined> {
  await using discovery = await discoverPrinters({ addresses: [address], listen: false, port });
  return (await discovery.lookUp(uuid)).slaveKey;
}

const managed = (port: number, times = PATIENT): Promise<unknown> => codeOf(openManager(targetOf(port), { times }));
const run = (port: number, told: Partial<PrinterTarget> = {}, times = PATIENT): Promise<unknown> =>
  codeOf(openRobot(targetOf(port, told), { times }));

describe('A connection to who is no printer, or a bad one', () => {
  it('is refused where nobody listens', async () => {
    const { port } = await (async () => {
      await using gone = await peer(() => undefined);
      return gone;
    })();
    expect(await managed(port)).to.equal('unavailable');
    expect(await run(port)).to.equal('unavailable');
  });

  it('ends in time where nothing is said, or byte by byte', async () => {
    await using silent = await peer(() => undefined);
    await using dripping = await peer((socket) => {
      const timer = setInterval(() => socket.write('F'), 100);
      socket.on('close', () => clearInterval(timer));
    });
    for (const { port } of [silent, dripping]) {
      expect(await managed(port, SHORT)).to.equal('timeout');
      expect(await run(port, {}, SHORT)).to.equal('timeout');
    }
  });

  it('ends where something else is said, or the other side hangs up', async () => {
    await using web = await peer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await using rude = await peer((socket) => socket.end('FLUX'));
    expect(await managed(web.port)).to.equal('protocol');
    expect(await run(web.port)).to.equal('protocol');
    expect(await managed(rude.port)).to.equal('disconnected');
    expect(await run(rude.port)).to.equal('disconnected');
  });

  it('ends where TLS is promised and does not come, or not in time', async () => {
    await using stalled = await peer((socket) => socket.write(HELLO_TLS));
    await using broken = await peer((socket) => socket.end(`${HELLO_TLS}and no TLS at all`));
    expect(await managed(stalled.port, SHORT)).to.equal('timeout');
    expect(await run(stalled.port, {}, SHORT)).to.equal('timeout');
    expect(await managed(broken.port)).to.be.oneOf(['protocol', 'disconnected']);
    expect(stalled.open.size + broken.open.size).to.be.at.most(4);
  });

  it('does not show a robot of the older generation who we are before that has', async () => {
    let received = 0;
    await using forged = await peer((socket) => {
      socket.write(Buffer.concat([Buffer.from(HELLO_CIPHER), Buffer.alloc(256, 7)]));
      socket.on('data', (bytes) => {
        received += bytes.length;
      });
    });
    let others = 0;
    expect(await run(forged.port, { isAnother: () => others++ })).to.equal('forbidden');
    expect(await run(forged.port, { slaveKey: undefined })).to.equal('forbidden');
    expect({ received, others }).to.deep.equal({ received: 0, others: 1 });
  });

  it('takes no secret from a robot that is not for our key', async () => {
    await using strange = await peer((socket) => {
      const random = Buffer.alloc(128, 9);
      socket.write(Buffer.concat([Buffer.from(HELLO_CIPHER), signRsa(random, SLAVE), random]));
      socket.once('data', () =>
        socket.write(Buffer.concat([Buffer.from('OK'.padEnd(16, '\0')), Buffer.alloc(128, 1)])),
      );
    });
    expect(await run(strange.port)).to.equal('protocol');
  });

  it('ends by its signal, while it waits as before', async () => {
    await using silent = await peer(() => undefined);
    const stop = new AbortController();
    const opened = codeOf(openRobot(targetOf(silent.port), { signal: stop.signal }));
    stop.abort();
    expect(await opened).to.equal('aborted');
    expect(await codeOf(openManager(targetOf(silent.port), { signal: AbortSignal.abort() }))).to.equal('aborted');
  });
});

describe('A manager', () => {
  it('is told no password before its certificate was found to be that of the printer', async () => {
    await using printer = await simulated({ ownCertificateKey: true });
    const asked: string[] = [];
    const password = () => {
      asked.push('password');
      return 'flux';
    };
    let others = 0;
    const isAnother = () => others++;
    const wrong: Partial<PrinterTarget>[] = [
      { uuid: 'ffffffff-ffff-ffff-0000-00000000abcd' },
      { pin: { serial: 'FL00000000', masterKey: '' } },
      { pin: { serial: 'XXXXXXXXXX', masterKey: '', tlsKey: keyFingerprint(keyBytes(CLIENT_KEY)) } },
    ];
    for (const told of wrong) {
      expect(await codeOf(openManager(targetOfPrinter(printer, { isAnother, ...told }), { password }))).to.equal(
        'forbidden',
      );
    }
    expect({ asked, others }).to.deep.equal({ asked: [], others: 3 });
    const kept: string[] = [];
    const keepTLSKey = async (key: string) => void kept.push(key);
    using session = await openManager(targetOfPrinter(printer, { keepTLSKey }), { password });
    expect(session.isTrusted).to.equal(false);
    expect(kept).to.have.length(1);
    expect(
      await codeOf(openManager(targetOfPrinter(printer, { keepTLSKey: () => Promise.reject(new Error('full')) }))),
    ).to.be.an('error');
  });

  it('is not waited for while a key cannot be kept, or a password does not come', async () => {
    await using printer = await simulated();
    const keepTLSKey = () => new Promise<void>(() => undefined);
    const times = { open: 200 };
    expect(await codeOf(openManager(targetOfPrinter(printer, { keepTLSKey }), { times }))).to.equal('timeout');
    const password = () => new Promise<string>(() => undefined);
    expect(await codeOf(openManager(targetOfPrinter(printer), { password, times }))).to.equal('timeout');
    const failing = () => Promise.reject(new Error('nobody is there'));
    expect(await codeOf(openManager(targetOfPrinter(printer), { password: failing }))).to.be.an('error');
  });

  it('that names another device in its certificate is none', async () => {
    await using printer = await simulated({ faults: ['foreignCertificate'] });
    expect(await codeOf(openManager(targetOfPrinter(printer)))).to.equal('forbidden');
  });

  it('is refused a password that cannot be sent as it is, and asked for one only if it wants one', async () => {
    await using printer = await simulated();
    expect(await codeOf(openManager(targetOfPrinter(printer), { password: () => 'a\0b' }))).to.equal('invalid');
    expect(await codeOf(openManager(targetOfPrinter(printer)))).to.equal('forbidden');
  });

  it('that does not answer, breaks off or crashes ends the command, and the session with it', async () => {
    for (const [fault, code] of [
      ['mute', 'timeout'],
      ['drop', 'disconnected'],
      ['crash', 'protocol'],
    ] as const) {
      await using printer = await simulated();
      using session = await openManager(targetOfPrinter(printer), {
        password: () => 'flux',
        times: { answer: fault === 'mute' ? 200 : 4000 },
      });
      printer.faults.add(fault);
      expect(await codeOf(session.ask({ name: 'list_trust' })), fault).to.equal(code);
      printer.faults.delete(fault);
      expect(await codeOf(session.ask({ name: 'list_trust' })), fault).to.equal('disconnected');
    }
  });

  it('is waited for longer while it looks around for networks', async () => {
    await using printer = await simulated();
    const times = { answer: 60_000, scan: 200 };
    using session = await openManager(targetOfPrinter(printer), { password: () => 'flux', times });
    printer.faults.add('mute');
    expect(await codeOf(session.ask({ name: 'scan_wifi' }))).to.equal('timeout');
  });

  it('has no list without end', async () => {
    await using folder = await temporaryFolder();
    const place = join(folder.path, 'printer.json');
    for (const [count, code] of [
      [256, 'none'],
      [257, 'protocol'],
    ] as const) {
      await (await simulated({ folder: folder.path }))[Symbol.asyncDispose]();
      const trusted = Array.from({ length: count }, (_, i) => ({
        ...KEY_OF_NOBODY,
        accessID: `${i}`.padStart(40, '0'),
      }));
      const kept: unknown = JSON.parse(await readFile(place, 'utf8'));
      await writeFile(place, JSON.stringify(Object.assign(Object(kept), { trusted })));
      await using printer = await simulated({ folder: folder.path });
      using session = await openManager(targetOfPrinter(printer), { password: () => 'flux' });
      expect(await codeOf(session.ask({ name: 'list_trust' })), `${count}`).to.equal(code);
      const next = code === 'none' ? 'none' : 'disconnected';
      expect(await codeOf(session.ask({ name: 'list_trust' })), `${count}`).to.equal(next);
    }
  });

  it('tells its keys also in the older form', async () => {
    await using printer = await simulated({ faults: ['oldTrustList'] });
    using session = await openManager(targetOfPrinter(printer), { password: () => 'flux' });
    const key = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    await session.ask({
      name: 'add_trust',
      label: 'Alice',
      key: key.export({ type: 'spki', format: 'pem' }).toString(),
    });
    expect(await session.ask({ name: 'list_trust' })).to.have.length(1);
  });
});

describe('A robot', () => {
  it('that does not answer ends the command, and the session with it', async () => {
    for (const generation of ['FLUX0002', 'FLUX0003'] as const) {
      await using printer = await simulated({ generation });
      {
        using manager = await openManager(targetOfPrinter(printer), { password: () => 'flux' });
        const key = CLIENT_PUBLIC;
        await manager.ask({ name: 'add_trust', label: 'us', key });
      }
      const slaveKey = await slaveKeyOf(printer);
      using session = await openRobot(targetOfPrinter(printer, { slaveKey }), { times: { answer: 200 } });
      expect(session.generation).to.equal(generation === 'FLUX0002' ? 1 : 2);
      printer.faults.add('mute');
      expect(await codeOf(session.ask(['player', 'report'])), generation).to.equal('timeout');
      expect(session.isOpen).to.equal(false);
      printer.faults.clear();
      printer.faults.add('forgedHello');
      const opened = openRobot(targetOfPrinter(printer, { slaveKey }));
      if (generation === 'FLUX0002') expect(await codeOf(opened)).to.equal('forbidden');
      else (await opened)[Symbol.dispose]();
    }
  });
});

describe('A deadline', () => {
  it('is one for all steps', async () => {
    const deadline = new Deadline({ timeout: 50, late: 'late' });
    const step = () =>
      deadline.wait((settle) => {
        const timer = setTimeout(settle, 20);
        return () => clearTimeout(timer);
      });
    const steps = async () => {
      for (;;) await step();
    };
    expect(await codeOf(steps())).to.equal('timeout');
  });

  it('that is over leaves no failure of what was waited for unheard', async () => {
    const deadline = new Deadline({ timeout: 1000, signal: AbortSignal.abort(), late: 'late' });
    const failures: unknown[] = [];
    const note = (error: unknown) => failures.push(error);
    process.once('unhandledRejection', note);
    expect(await codeOf(deadline.within(Promise.reject(new Error('unheard'))))).to.equal('aborted');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(failures).to.have.length(0);
    const open = new Deadline({ timeout: 1000, late: 'late' });
    expect(await open.within(Promise.resolve(7))).to.equal(7);
  });
});
