import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { readIdentityRoot } from '../src/index.js';
import { codeOf, FCODE, type ServedPrinter, servePrinter, testMemory } from './served-printer.js';
import { simulated, temporaryFolder } from './simulator/simulated.js';

const LONG = { printTime: 100_000 };

const eventsOf = ({ events }: ServedPrinter, name: string): unknown[] =>
  events.filter(([event]) => event === name).map(([, data]) => data);

describe('A served printer, when things go wrong', () => {
  it('has no progress where it is no number', async () => {
    for (const generation of ['FLUX0002', 'FLUX0003'] as const) {
      await using bob = await servePrinter({ simulation: { ...LONG, generation, faults: ['nanProgress'] } });
      await bob.authorize();
      await bob.run('startPrint', { path: '/SD/sample.fc' });
      await bob.reach('running');
      expect(await bob.read('progress')).to.equal(null);
      expect(await bob.read('job')).to.deep.include({ state: 'printing', timeLeft: null });
    }
  });

  it('keeps a status id that nobody knows, and leaves the job as it was', async () => {
    await using bob = await servePrinter({ simulation: LONG });
    await bob.authorize();
    await bob.run('startPrint', { path: '/SD/sample.fc' });
    await bob.reach('running');
    bob.simulation.faults.add('unknownStatus');
    expect(await bob.ask('refresh')).to.deep.include({ id: 777, group: 'error' });
    expect(await bob.read('job')).to.deep.include({ state: 'printing', endedAt: null });
    bob.simulation.faults.clear();
    await bob.reach('running');
    expect(eventsOf(bob, 'jobStarted')).to.have.length(1);
  });

  it('tells its errors once each, and that filament is missing', async () => {
    await using bob = await servePrinter({ simulation: LONG });
    await bob.authorize();
    await bob.run('startPrint', { path: '/SD/sample.fc' });
    await bob.reach('running');
    bob.simulation.meet('HARDWARE_ERROR FILAMENT_RUNOUT');
    await bob.reach('paused');
    expect(await bob.read('errorLabel')).to.equal('HARDWARE_ERROR FILAMENT_RUNOUT');
    expect(await bob.read('filamentRunout')).to.equal(true);
    await bob.ask('refresh');
    expect(eventsOf(bob, 'error').map((data) => Object(data).label)).to.deep.equal(['HARDWARE_ERROR FILAMENT_RUNOUT']);
    expect(eventsOf(bob, 'jobPaused')).to.have.length(1);
  });

  it('fails a print whose file is broken, and has no job then', async () => {
    await using bob = await servePrinter({ simulation: { ...LONG, faults: ['brokenFile'] } });
    await bob.authorize();
    const { error } = await bob.run('startPrint', { path: '/SD/sample.fc' });
    expect(error).to.deep.include({ code: 'invalid' });
    expect(await bob.read('job')).to.equal(null);
    const missing = await bob.run('startPrint', { path: '/SD/none.fc' });
    expect(missing.error).to.deep.include({ code: 'notFound' });
  });

  it('refuses at once what is asked for wrongly', async () => {
    await using bob = await servePrinter();
    const file = { name: 'a.fc', content: FCODE };
    for (const input of [
      {},
      { path: '/SD/a.fc', file },
      { file: { name: 'a.fc', content: 'no Base64!' } },
      { file: { name: 'a.fc', content: '' } },
    ]) {
      expect(await codeOf(bob.invoke('startPrint', input)), JSON.stringify(input)).to.equal('invalid');
    }
    expect(await codeOf(bob.ask('listFiles', { path: '/etc/passwd' }))).to.equal('invalid');
    expect(await codeOf(bob.ask('listFiles', { path: '/SD/../..' }))).to.equal('invalid');
  });

  it('is renamed by an old firmware, which does not say so', async () => {
    const times = { manager: { answer: 1000 } };
    await using bob = await servePrinter({ simulation: { faults: ['noReply'] }, times });
    await bob.authorize();
    await bob.ask('rename', { name: 'Silent' });
    expect(await bob.read('name')).to.equal('Silent');
  });

  it('says that network settings could not be applied', async () => {
    await using bob = await servePrinter({ simulation: { faults: ['networkFailure'] } });
    await bob.authorize();
    expect(await codeOf(bob.ask('modifyNetwork', { method: 'dhcp' }))).to.equal('protocol');
  });

  it('is as unavailable as it is gone', async () => {
    await using bob = await servePrinter({ simulation: { ...LONG, faults: ['refuse'] } });
    expect(await codeOf(bob.ask('refresh'))).to.be.oneOf(['disconnected', 'unavailable']);
    expect(await codeOf(bob.ask('listTrust'))).to.be.oneOf(['disconnected', 'unavailable']);
  });

  it('says that who answers is another, and sends no password there', async () => {
    await using bob = await servePrinter({ simulation: { generation: 'FLUX0003', faults: ['foreignCertificate'] } });
    expect(await codeOf(bob.authorize())).to.equal('forbidden');
    expect(await codeOf(bob.ask('refresh'))).to.equal('forbidden');
    expect(bob.simulation.trusted).to.have.length(0);
    expect(await bob.read('authorized')).to.equal(null);
    expect(eventsOf(bob, 'identityConflict')[0]).to.deep.include({ address: '127.0.0.1', reason: 'certificate' });
    bob.hear();
    await firstValueFrom(bob.discovery.news.pipe(filter(({ type }) => type === 'heard')));
    expect(await bob.read('contested')).to.equal(true);
  });

  it('confides nothing in a key that cannot be kept', async () => {
    const memory = testMemory();
    await using bob = await servePrinter({ memory });
    memory.failure = new Error('the disk is full');
    expect(await codeOf(bob.authorize())).to.equal('unavailable');
    expect(bob.simulation.trusted).to.have.length(0);
    memory.failure = undefined;
    await bob.authorize();
    expect(bob.simulation.trusted).to.have.length(1);
  });

  it('stays who it was when it comes back: another key under its UUID is not listened to', async () => {
    await using folder = await temporaryFolder();
    const memory = testMemory();
    {
      await using bob = await servePrinter({ memory, simulation: { folder: folder.path } });
      await bob.authorize();
      const [record] = memory.records.values();
      expect(record?.pin).to.have.keys('serial', 'masterKey', 'tlsKey');
    }
    {
      await using simulation = await simulated({ folder: folder.path });
      await using bob = await servePrinter({ memory, simulation });
      expect(await bob.ask('refresh')).to.deep.include({ group: 'idle' });
    }
    const [id = ''] = memory.records.keys();
    await using impostor = await simulated({ uuid: id.slice('urn:uuid:'.length), serial: 'XXXXXXXXXX' });
    for (const isKnownBefore of [false, true]) {
      await using bob = await servePrinter({ memory, simulation: impostor, isAwaited: false, isKnownBefore });
      await bob.until('contested', (isContested) => isContested === true);
      expect(await bob.read('reachable')).to.equal(false);
      expect(await codeOf(bob.authorize())).to.equal('unavailable');
    }
  });

  it('is still watched by who comes after a restart: its job goes on under the same id', async () => {
    await using simulation = await simulated({ ...LONG });
    const memory = testMemory();
    let begun: unknown;
    {
      await using bob = await servePrinter({ memory, simulation });
      await bob.authorize();
      begun = (await bob.run('startPrint', { path: '/SD/sample.fc' })).output;
      await bob.reach('running');
    }
    {
      await using bob = await servePrinter({ memory, simulation });
      expect(await bob.read('job')).to.deep.include({ ...Object(begun), file: '/SD/sample.fc', endedAt: null });
      await bob.reach('running');
      expect(eventsOf(bob, 'jobStarted')).to.have.length(0);
      await bob.ask('abort');
      expect(eventsOf(bob, 'jobAborted')[0]).to.deep.include({ ...Object(begun), reason: 'aborted' });
    }
    const [record] = memory.records.values();
    expect(record?.job).to.deep.include({ state: 'aborted' });
  });

  it('follows a job by itself until its end, whoever began it, and knows how long it takes', async () => {
    await using simulation = await simulated({ printTime: 1200 });
    await using alice = await servePrinter({ simulation });
    await alice.authorize();
    await using bob = await servePrinter({ simulation });
    await alice.run('startPrint', { path: '/SD/sample.fc' });
    bob.hear();
    await bob.until('job', (job) => Object(job).state === 'printing');
    const completed = bob.next('jobCompleted');
    expect(await bob.until('job', (job) => Object(job).estimate !== null)).to.deep.include({ file: null });
    await completed;
    expect(await bob.read('status')).to.deep.include({ group: 'finished' });
    expect(eventsOf(bob, 'jobStarted')).to.have.length(1);
  });

  it('does not let an announcement, which nobody signs, say better than the printer how it stands', async () => {
    await using bob = await servePrinter({ simulation: LONG });
    await bob.authorize();
    await bob.run('startPrint', { path: '/SD/sample.fc' });
    await bob.reach('running');
    bob.simulation.faults.add('unknownStatus');
    const before = bob.discovery.find(bob.simulation.uuid)?.status;
    bob.hear();
    await until(() => bob.discovery.find(bob.simulation.uuid)?.status !== before);
    expect(await bob.read('status')).to.deep.include({ group: 'running' });
  });

  it('is as the factory signed it, where the factory is known', async () => {
    const root = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const rootKey = root.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const discovery = { root: readIdentityRoot(Buffer.from(root.publicKey.export({ type: 'spki', format: 'pem' }))) };
    for (const version of [1, 2] as const) {
      await using bob = await servePrinter({ simulation: { version, identity: 'signed', rootKey }, discovery });
      expect(await bob.read('identityVerified')).to.equal(true);
    }
    for (const fault of ['forgedIdentity', 'forgedMetadata', 'foreignKey'] as const) {
      const simulation = { identity: 'signed', rootKey, faults: [fault] } as const;
      await using bob = await servePrinter({ simulation, discovery, isAwaited: false });
      bob.simulation.announce();
      bob.hear();
      await until(() => bob.discovery.refused >= 1);
      expect(await bob.read('reachable'), fault).to.equal(false);
    }
  });

  it('shrugs at datagrams that are none, and at a status that comes twice', async () => {
    await using bob = await servePrinter({ simulation: { faults: ['doubleStatus', 'garbage'] } });
    expect(await bob.read('status')).to.deep.include({ group: 'idle' });
  });

  it('has the two of one UUID apart: the one that is known stays, the other is told of', async () => {
    const uuid = 'ffffffff-ffff-ffff-1234-000000000000';
    await using one = await simulated({ uuid, address: '127.0.0.2' });
    await using two = await simulated({ uuid, address: '127.0.0.3', discoveryPort: one.discoveryPort });
    await using bob = await servePrinter({ simulation: one });
    bob.discovery.poke(two.address);
    expect(await bob.next('identityConflict')).to.deep.include({ address: '127.0.0.3', reason: 'key' });
    expect(await bob.read('ipAddress')).to.equal('127.0.0.2');
    expect(await bob.read('contested')).to.equal(true);
  });

  it('is sent no more of a file once its sender has gone, or it is let go of, and takes the next', async () => {
    for (const generation of ['FLUX0002', 'FLUX0003'] as const) {
      await using bob = await servePrinter({ simulation: { ...LONG, generation } });
      await bob.authorize();
      const gone = new AbortController();
      const file = (end: () => void) => ({ name: 'a.fc', size: 1_000_000, content: hanging(end) });
      const files = bob.kind.filesOf('bob');
      const start = files.start({ file: file(() => gone.abort()) }, { signal: gone.signal });
      expect(await codeOf(start)).to.equal('aborted');
      expect((await bob.run('startPrint', { path: '/SD/sample.fc' })).error).to.equal(undefined);
      const upload = files.upload(
        '/SD/a.fc',
        file(() => bob.kind.forget('bob')),
      );
      expect(await codeOf(upload)).to.equal('aborted');
      expect(
        await codeOf(
          files.upload(
            '/SD/a.fc',
            file(() => undefined),
          ),
        ),
      ).to.be.oneOf(['aborted', 'unavailable']);
    }
  });

  it('is not served any more once it is removed; twice does no harm', async () => {
    await using bob = await servePrinter();
    const { uuid } = bob.simulation;
    bob.kind.forget('bob');
    expect(bob.kind.isConnected('bob')).to.equal(false);
    expect(() => bob.kind.filesOf('bob')).to.throw('bob');
    bob.discovery.pin(uuid, undefined);
    bob.kind.forget('bob');
  });
});

/** A file whose second piece never comes. */
async function* hanging(end: () => void): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(4096);
  end();
  await new Promise(() => undefined);
}

/** Waits for what no event tells. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
