import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consume } from '@thingwright/client';
import { Scanner } from '@thingwright/scanner';
import { simulateScanner } from '@thingwright/scanner/simulator';
import { openStore, type Store } from '@thingwright/store';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { type Gateway, openGateway } from '../../src/index.js';
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

  it('remembers over a restart what was set and what ran', async () => {
    await using folder = await temporaryFolder();
    const { path: data } = folder;
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
    expect(await mri.properties.status.read()).to.equal('OFFLINE');
  });

  it('keeps results over a restart, and gives their files by HTTP', async () => {
    await using folder = await temporaryFolder();
    let href = '';
    {
      await using lab = await openLab({ data: folder.path });
      await using _device = await dialIn(lab.gateway, lab.device);
      await using mri = await consumeScanner(lab.gateway);
      const ready = firstValueFrom(mri.events.resultReady);
      const { resultIds } = await mri.actions.startScan(REQUEST).output;
      const result = await ready;
      href = result.files[0]?.href ?? '';
      expect(resultIds).to.deep.equal([result.resultId]);
      const td = await (await request(lab.gateway, '/things/mri')).json();
      expect(td.links).to.deep.include({ href: 'results', rel: 'collection', type: 'application/json' });
      expect(await (await request(lab.gateway, '/things/mri/results')).json()).to.deep.equal({ items: [result] });
    }
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, data: folder.path });
    await using mri = await consumeScanner(gateway);
    const [kept] = await firstValueFrom(mri.properties.results.pipe(filter(({ length }) => length > 0)));
    expect(kept?.files[0]?.href).to.equal(href);
    const file = await request(gateway, href);
    const digest = createHash('sha256').update(Buffer.from(await file.arrayBuffer()));
    expect(digest.digest('hex')).to.equal(kept?.files[0]?.sha256);
    await mri.actions.deleteResult({ resultId: kept?.resultId ?? '' }).output;
    expect((await request(gateway, href)).status).to.equal(404);
  });

  it('takes no file that is more than the quota of its organization has left', async () => {
    await using lab = await openLab({ filesQuota: 3_000_000 });
    await using _device = await dialIn(lab.gateway, lab.device, { generation: 'gen-1' });
    await using mri = await consumeScanner(lab.gateway);
    const first = await mri.actions.startScan(REQUEST).output;
    expect(first.resultIds).to.have.length(1);
    const refused = firstValueFrom(mri.events.uploadFailed);
    const second = mri.actions.startScan({ ...REQUEST, expectResult: false });
    expect(await refused).to.include({ reason: 'quota', receivedBytes: 0, sizeBytes: 2_467_920 });
    expect((await second.output).resultIds).to.deep.equal([]);
    await mri.actions.deleteResult({ resultId: first.resultIds[0] ?? '' }).output;
    expect((await mri.actions.startScan(REQUEST).output).resultIds).to.have.length(1);
  });

  it('puts into the audit that a device delivers the file of another task', async () => {
    await using lab = await openLab();
    await using _device = await dialIn(lab.gateway, lab.device, { fault: () => 'foreignTask' });
    await using mri = await consumeScanner(lab.gateway);
    const refused = firstValueFrom(mri.events.uploadFailed);
    mri.actions.startScan(REQUEST).output.catch(() => {});
    expect(await refused).to.include({ reason: 'not-allowed' });
    const audit = await request(lab.gateway, '/audit');
    const entries = (await audit.text()).trim().split('\n');
    const about = entries.filter((line) => line.includes('"result":"forbidden"'));
    expect(about).to.have.length.above(0);
    expect(JSON.parse(about[0] ?? '')).to.include({ principal: 'device:mri', thing: 'mri', thingID: lab.device.id });
  });

  it('lets viewers have files, operators scan, and admins delete and rename', async () => {
    await using lab = await openLab();
    await using _device = await dialIn(lab.gateway, lab.device);
    const tokenOf = async (role: string): Promise<string> => {
      const { id } = await lab.gateway.people.addUser({ name: `the-${role}` });
      await lab.gateway.people.grant(id, { role, organization: 'default' });
      return (await lab.gateway.people.issueToken(id)).secret;
    };
    const [viewer, operator, admin] = [await tokenOf('viewer'), await tokenOf('operator'), await tokenOf('admin')];
    await using scanning = await consume(Scanner, `${lab.gateway.url}/things/mri`, { token: operator });
    const request = (token: string, path: string, options: { readonly method?: string; readonly body?: object } = {}) =>
      fetch(`${lab.gateway.url}/things/mri/${path}`, {
        method: options.method ?? 'GET',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(options.body ? { body: JSON.stringify(options.body) } : {}),
      });
    const { resultIds } = await scanning.actions.startScan(REQUEST).output;
    const scan = { method: 'POST', body: REQUEST };
    expect((await request(viewer, 'actions/startScan', scan)).status).to.equal(403);
    const { items } = await (await request(viewer, 'results')).json();
    const file = await request(viewer, `results/${items[0].resultId}/data.mrd`);
    expect([file.status, (await file.arrayBuffer()).byteLength]).to.deep.equal([200, 2_467_920]);
    const remove = { method: 'POST', body: { resultId: resultIds[0] } };
    const rename = { method: 'PUT', body: { name: 'The old one', description: 'In the basement' } };
    for (const token of [viewer, operator]) {
      expect((await request(token, 'actions/deleteResult', remove)).status).to.equal(403);
      expect((await request(token, 'properties/label', rename)).status).to.equal(403);
    }
    await scanning.properties.parameter.write({ larmor_frequency: 1 });
    expect((await request(admin, 'properties/label', rename)).status).to.equal(204);
    expect((await request(admin, 'actions/deleteResult', remove)).status).to.equal(204);
  });

  it('gives the results of a device along to its new organization', async () => {
    await using folder = await temporaryFolder();
    {
      await using lab = await openLab({ data: folder.path });
      await using _device = await dialIn(lab.gateway, lab.device);
      await using mri = await consumeScanner(lab.gateway);
      await mri.actions.startScan(REQUEST).output;
      await lab.gateway.fleet.move('mri', 'clinic');
      const { href } = (await (await request(lab.gateway, '/things/mri/results')).json()).items[0].files[0];
      expect((await request(lab.gateway, href)).status).to.equal(200);
    }
    await using store = await openStore({ data: folder.path });
    expect(await usageOf(store, 'default')).to.equal(0);
    expect(await store.files.usage('clinic')).to.equal(2_467_920);
  });

  it('removes the results of a device with it', async () => {
    await using folder = await temporaryFolder();
    {
      await using lab = await openLab({ data: folder.path });
      await using _device = await dialIn(lab.gateway, lab.device);
      await using mri = await consumeScanner(lab.gateway);
      await mri.actions.startScan(REQUEST).output;
      await lab.gateway.fleet.remove('mri');
    }
    await using store = await openStore({ data: folder.path });
    expect(await usageOf(store, 'default')).to.equal(0);
  });

  it('ends the connection of a device that is removed', async () => {
    await using lab = await openLab();
    await using device = await dialIn(lab.gateway, lab.device, { reconnectDelay: 1 });
    await lab.gateway.fleet.remove('mri');
    expect(await device.ended).to.deep.equal({ cause: 'deaf', status: 401 });
  });
});

/** Bytes of an organization whose files are to go: once they have, or long after they should have. */
async function usageOf({ files, check }: Store, organization: string): Promise<number> {
  for (let tries = 0; tries < 1000 && (await files.usage(organization)) > 0; tries++) await check();
  return files.usage(organization);
}

const request = (gateway: Gateway, path: string) =>
  fetch(gateway.url + path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });

async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'thingwright-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
