import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulateScanner } from '@thingwright/scanner/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { openGateway } from '../../src/index.js';
import { ADMIN_TOKEN, consumeScanner, dialIn, openLab, REQUEST } from './scanner-lab.js';

describe('The kind scanner', () => {
  it('lets a device dial in by the UUID of its Thing, and runs its scans', async () => {
    await using lab = await openLab();
    await using _device = await dialIn(lab.gateway, lab.device);
    expect(lab.gateway.fleet.list()[0]).to.include({ kind: 'scanner', name: 'mri', connected: true });
    await using mri = await consumeScanner(lab.gateway);
    const outcome = await mri.actions.startScan(REQUEST).output;
    expect(outcome).to.include({ status: 'FINISHED', error: null });
    expect(outcome.resultIds).to.have.length(1);
  });

  it('lets nobody in with the token of another device', async () => {
    await using lab = await openLab();
    const other = await lab.gateway.fleet.provision({ kind: 'scanner', name: 'other' });
    await using device = simulateScanner({
      url: lab.gateway.url,
      id: lab.device.id.replace('urn:uuid:', ''),
      token: other.token,
    });
    expect(await device.ended).to.deep.equal({ cause: 'refused', status: 401 });
  });

  it('remembers over a restart what was set and what ran, and keeps no capability', async () => {
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      let ran = '';
      {
        await using lab = await openLab({ data });
        await using _device = await dialIn(lab.gateway, lab.device);
        await using mri = await consumeScanner(lab.gateway);
        await mri.properties.parameter.write({ larmor_frequency: 2_025_000 });
        ran = (await mri.actions.startScan(REQUEST).output).taskId;
      }
      await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, data });
      await using mri = await consumeScanner(gateway);
      expect(await mri.properties.parameter.read()).to.deep.equal({ larmor_frequency: 2_025_000 });
      expect(await mri.properties.currentTask.read()).to.include({ taskId: ran, status: 'FINISHED' });
      expect(await firstValueFrom(mri.properties.status.pipe(filter(Boolean)))).to.equal('OFFLINE');
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });

  it('ends the connection of a device that is removed', async () => {
    await using lab = await openLab();
    await using device = await dialIn(lab.gateway, lab.device, { reconnectDelay: 1 });
    await lab.gateway.fleet.remove('mri');
    expect(await device.ended).to.deep.equal({ cause: 'deaf', status: 401 });
  });
});
