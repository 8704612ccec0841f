import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { type SimulatedPrinter, simulatePrinter } from '../../src/simulator/index.js';
import { encodePoke } from '../../src/wire/client-packet.js';
import { openListener } from './listener.js';
import { managed, type Places, trust } from './raw-client.js';
import { simulated, temporaryFolder } from './simulated.js';

const PROGRAM = `
import { simulatePrinter } from '@thingwright/printer/simulator';
const ports = { discoveryPort: 0, managerPort: 0, robotPort: 0 };
const printer = await simulatePrinter({ folder: process.env.FOLDER, ...ports, listeners: [], keyBits: 1024 });
const { uuid, serial, address, discoveryPort, managerPort, robotPort } = printer;
console.log(JSON.stringify({ uuid, serial, address, discoveryPort, managerPort, robotPort }));
`;

type Told = Places & Pick<SimulatedPrinter, 'serial' | 'discoveryPort'>;

/** A printer that is a process of its own, and says where it is. */
async function spawnPrinter(folder: string): Promise<{ readonly child: ChildProcess; readonly places: Told }> {
  const flags = ['--conditions=source', '--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
  const child = spawn(process.execPath, flags, {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FOLDER: folder },
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, places: JSON.parse(String(line)) };
}

const refusal = async (opening: Promise<SimulatedPrinter>): Promise<ThingError> => {
  const outcome = await opening.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof ThingError) return outcome;
  throw new TypeError(`${outcome} is no ThingError`);
};

describe('A printer that is a process of its own', () => {
  it('killed in the middle of everything, is the same when it is started again', async function () {
    this.timeout(60_000);
    await using folder = await temporaryFolder();
    const first = await spawnPrinter(folder.path);
    const left = once(first.child, 'exit');
    try {
      const { client } = await managed(first.places);
      await client.ask('rename\0Bob');
      for (let i = 0; i < 50; i++) client.send(Buffer.from('0c0072656e616d6500426f62', 'hex'));
    } finally {
      first.child.kill('SIGKILL');
    }
    await left;
    const second = await spawnPrinter(folder.path);
    const gone = once(second.child, 'exit');
    try {
      await using listener = await openListener();
      listener.send(encodePoke(1), second.places.discoveryPort);
      expect(await listener.nextOf('announcement')).to.include({
        uuid: first.places.uuid,
        serial: first.places.serial,
      });
      expect(JSON.parse(await readFile(join(folder.path, 'printer.json'), 'utf8'))).to.include({ name: 'Bob' });
    } finally {
      second.child.kill();
    }
    await gone;
  });

  it('refuses a port that another has, and leaves none open', async () => {
    await using folder = await temporaryFolder();
    await using other = await simulated();
    const { discoveryPort, robotPort } = other;
    const opening = simulatePrinter({ folder: folder.path, keyBits: 1024, managerPort: 0, discoveryPort, robotPort });
    expect(await refusal(opening)).to.include({
      code: 'unavailable',
      message: `The TCP port ${robotPort} of 127.0.0.1 cannot be had`,
    });
  });

  it('refuses a port of datagrams that another has, and leaves no other open', async () => {
    await using folder = await temporaryFolder();
    await using freed = await simulated();
    const { managerPort, robotPort } = freed;
    await freed[Symbol.asyncDispose]();
    await using listener = await openListener();
    const ports = { discoveryPort: listener.port, managerPort, robotPort };
    const opening = simulatePrinter({ folder: folder.path, keyBits: 1024, ...ports });
    expect(await refusal(opening)).to.include({
      code: 'unavailable',
      message: `The UDP port ${listener.port} of 127.0.0.1 cannot be had`,
    });
    for (const port of [managerPort, robotPort]) {
      const [error] = await once(connect(port, '127.0.0.1'), 'error');
      expect(error).to.have.property('code', 'ECONNREFUSED');
    }
  });

  it('refuses what it has kept if no printer can be it', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'printer.json');
    await using printer = await simulated({ folder: folder.path });
    await printer[Symbol.asyncDispose]();
    const kept = JSON.parse(await readFile(file, 'utf8'));
    for (const wrong of [{ serial: 'short' }, { uuid: 'none' }, { masterKey: 'none' }, { trusted: [{}] }]) {
      await writeFile(file, JSON.stringify({ ...kept, ...wrong }));
      expect(await refusal(simulated({ folder: folder.path }))).to.include({ code: 'invalid' });
    }
    for (const rootKey of ['none', kept.masterKey]) {
      expect(await refusal(simulated({ identity: 'signed', rootKey }))).to.include({ code: 'invalid' });
    }
  });

  it('answers by a crash what it cannot keep', async () => {
    await using folder = await temporaryFolder();
    await using printer = await simulated({ folder: folder.path });
    const { client } = await managed(printer);
    await rm(join(folder.path, 'printer.json'));
    await mkdir(join(folder.path, 'printer.json'));
    expect(await client.ask('rename\0Bob')).to.equal('UNKNOWN_ERROR');
    expect(await client.text()).to.equal(undefined);
  });

  it('is switched off by its signal, and twice over', async () => {
    const stopping = new AbortController();
    await using printer = await simulated({ signal: stopping.signal });
    const { client } = await managed(printer);
    await trust(printer);
    stopping.abort();
    expect(await printer.ended).to.deep.equal({ cause: 'stopped' });
    expect(await client.text()).to.equal(undefined);
    await printer[Symbol.asyncDispose]();
    await using late = await simulated({ signal: AbortSignal.abort() });
    expect(await late.ended).to.deep.equal({ cause: 'stopped' });
  });
});
