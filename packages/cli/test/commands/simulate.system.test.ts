import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { consume } from '@thingwright/client';
import { type Gateway, openGateway } from '@thingwright/gateway';
import { Scanner } from '@thingwright/scanner';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { main } from '../../src/index.js';
import { keptTerminal, run } from '../kept-terminal.js';
import { temporaryFolder } from '../temporary-folder.js';

describe('thingwright simulate scanner', function () {
  this.timeout(20_000);

  /** Runs a simulated scanner that a gateway knows; `consumed` is its Thing, as the administrator sees it. */
  const simulated = async (gateway: Gateway, ...args: readonly string[]) => {
    const { id, td, token } = await gateway.fleet.provision({ kind: 'scanner', name: 'mri_007' });
    const terminal = keptTerminal({ THINGWRIGHT_URL: gateway.url, THINGWRIGHT_DEVICE_TOKEN: token });
    const consumed = await consume(Scanner, td, { token: gateway.adminToken });
    const ended = main(['simulate', 'scanner', '--id', id, '--duration', '0.02', ...args], terminal);
    return { terminal, consumed, ended, [Symbol.asyncDispose]: () => consumed[Symbol.asyncDispose]() };
  };
  const request = { sequence: { name: 'tse', seqFile: '' } };
  type Consumed = Awaited<ReturnType<typeof simulated>>['consumed'];
  const registered = ({ properties }: Consumed) =>
    firstValueFrom(properties.connection.pipe(filter((connection) => connection.registered)));

  for (const generation of ['1', '2']) {
    it(`scans and delivers a file of that size, until ^C: generation ${generation}`, async () => {
      await using folder = await temporaryFolder();
      await using gateway = await openGateway({ port: 0, data: folder.path });
      await using device = await simulated(gateway, '--generation', generation, '--size', '5000');
      await registered(device.consumed);
      const { status } = await device.consumed.actions.startScan(request).output;
      expect(status).to.equal('FINISHED');
      const [result] = await device.consumed.actions.listResults({}).output;
      expect(result?.files.map(({ name, size }) => ({ name, size }))).to.deep.equal([{ name: 'data.mrd', size: 5000 }]);
      device.terminal.interrupt();
      expect(await device.ended).to.equal(0);
    });
  }

  it('delivers files of this machine', async () => {
    await using folder = await temporaryFolder();
    const paths = ['a.npy', 'b.json'].map((name) => join(folder.path, name));
    for (const path of paths) await writeFile(path, path);
    await using gateway = await openGateway({ port: 0, data: join(folder.path, 'data') });
    await using device = await simulated(gateway, '--file', ...paths);
    await registered(device.consumed);
    const second = firstValueFrom(
      device.consumed.events.resultReady.pipe(filter(({ files }) => files[0]?.name === 'b.json')),
    );
    await device.consumed.actions.startScan(request).output;
    expect((await second).files[0]?.size).to.equal(paths[1]?.length);
    device.terminal.interrupt();
    await device.ended;
  });

  it('fails as it is told to, scan by scan', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await openGateway({ port: 0, data: folder.path });
    await using device = await simulated(gateway, '--fault', 'raise', 'none');
    await registered(device.consumed);
    const failed = await device.consumed.actions.startScan(request).output.catch(String);
    expect(failed).to.include('no signal from the coil');
    expect((await device.consumed.actions.startScan(request).output).status).to.equal('FINISHED');
    device.terminal.interrupt();
    await device.ended;
  });

  it('ends with 1 when its connection is lost, if that is wished', async () => {
    await using gateway = await openGateway({ port: 0 });
    await using device = await simulated(gateway, '--end-when-lost');
    await registered(device.consumed);
    await gateway.fleet.rotate('mri_007', 0);
    expect(await device.ended).to.equal(1);
  });

  it('speaks TLS with a server that it is told to trust, or with any', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await openGateway({ port: 0, data: folder.path, tls: { port: 0, selfSigned: true } });
    const url = ['--url', gateway.tlsUrl ?? ''];
    const refused = await simulated(gateway, ...url);
    expect(await refused.ended).to.equal(1);
    expect(refused.terminal.told.join()).to.include('self-signed certificate');
    await refused[Symbol.asyncDispose]();
    for (const how of [['--ca', join(folder.path, 'tls-cert.pem')], ['--insecure']]) {
      await gateway.fleet.remove('mri_007');
      await using device = await simulated(gateway, ...url, ...how);
      await registered(device.consumed);
      device.terminal.interrupt();
      expect(await device.ended).to.equal(0);
    }
  });

  it('ends with 2 for wrong usage', async () => {
    const id = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
    for (const args of [
      ['--id', 'mri_007'],
      ['--id', id, '--generation', '3'],
      ['--id', id, '--fault', 'fire'],
      ['--id', id, '--ca', '/nowhere.pem'],
      ['--id', id, '--file', '/nowhere.mrd'],
      ['--id', id, '--size', '-1'],
      ['--id', id, '--duration', '0'],
      [],
    ]) {
      const { status } = await run(['simulate', 'scanner', ...args], { THINGWRIGHT_DEVICE_TOKEN: 'x' });
      expect(status, args.join(' ')).to.equal(2);
    }
  });
});
