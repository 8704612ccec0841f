import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { type NewResult, openStore, restoreBackup, type Store, writeBackup } from '../src/index.js';
import { pieces } from './files.suite.js';
import { refusal } from './refusal.js';
import { campaignRow, fileImage, upgradeRow } from './upgrades.suite.js';

/** Where a store is: a folder, or a folder and a PostgreSQL. */
export interface Home extends AsyncDisposable {
  readonly data: string;
  readonly database?: string;
}

const RELEASE = '1.2.3';
export const SECRETS = ['secret', 'admin-token'];

/** What is promised of a backup of one kind of store that is restored as another; both homes are empty. */
export function backupSuite(homes: { readonly from: () => Promise<Home>; readonly to: () => Promise<Home> }): void {
  it('gives back everything: ids, tokens, users, changes, history, runs, audit, files', async () => {
    await using from = await homes.from();
    await using to = await homes.to();
    const path = join(from.data, '..', 'kept.backup');
    const before = await openStore(from);
    const filled = await fill(before);
    const expected = await summaryOf(before, filled);
    await before[Symbol.asyncDispose]();
    const written = await writeBackup(path, { ...from, secrets: SECRETS, release: RELEASE });
    expect(written).to.include({ release: RELEASE, gateway: before.gatewayID, files: 3 });
    expect(written.tables).to.include({ devices: 1, principals: 1, files: 5, results: 1, invocations: 1 });
    expect(written.tables).to.include({
      upgrades: 2,
      upgrade_lines: 1,
      campaigns: 1,
      campaign_skips: 1,
      device_firmware: 1,
    });
    expect([written.secrets, written.left]).to.deep.equal([['secret'], []]);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(written.size).to.equal((await stat(path)).size);

    const seen: number[] = [];
    const progress = (fraction: number): void => void seen.push(fraction);
    const restored = await restoreBackup(path, { ...to, secrets: SECRETS, progress });
    expect(restored.tables).to.deep.equal(written.tables);
    expect(seen.at(-1)).to.equal(1);
    expect(seen).to.deep.equal(seen.toSorted((a, b) => a - b));
    await using after = await openStore(to);
    expect(after.gatewayID).to.equal(before.gatewayID);
    expect(await summaryOf(after, filled)).to.deep.equal(expected);
    // What counts up by itself goes on.
    await after.devices.add({ name: 'next', kind: 'telemetry', title: '' }, 'another');
    await after.principals.grant('user:ada', { role: 'viewer' });
    await after.files.write(pieces(randomBytes(5)), { name: 'next', mediaType: 'a/b', owner: 'urn:uuid:1' });
    await after.results.write(pieces(randomBytes(5)), measuredBy('urn:uuid:1'));
    after.memory.of('urn:uuid:1').append({ kind: 'property', name: 'level' }, 9, Date.now() * 1000);
    after.audit.append({ micros: 1, principal: 'x', operation: 'x', affordances: [], result: 'x' });
    await after.memory.kept();
    expect(await after.upgrades.add([{ upgrade: upgradeRow(3), lines: [] }])).to.deep.equal([3]);
    await rm(path);
  }).timeout(30_000);

  it('is of one moment while the store is at work', async () => {
    await using from = await homes.from();
    await using to = await homes.to();
    const path = join(from.data, '..', 'busy.backup');
    const store = await openStore(from);
    let working = true;
    let round = 0;
    const tenth = new EventEmitter();
    // A device and a user of the same number, in this order: one without the other is no moment that ever was.
    const work = async (): Promise<void> => {
      for (; working; round++) {
        await store.devices.add({ name: `device_${round}`, kind: 'telemetry', title: '' }, `token-${round}`);
        await store.principals.add({ kind: 'user', name: `user_${round}`, title: '', organization: 'default' });
        store.memory.of('urn:uuid:1').append({ kind: 'property', name: 'level' }, round, Date.now() * 1000);
        await store.memory.kept();
        const bytes = pieces(randomBytes(1000));
        const { id } = await store.files.write(bytes, { name: 'x', mediaType: 'a/b', owner: 'urn:uuid:1' });
        if (round % 2 === 1) await store.files.remove(id);
        if (round === 10) tenth.emit('come');
      }
    };
    const worked = work();
    await once(tenth, 'come');
    const { tables, left } = await writeBackup(path, { ...from, secrets: SECRETS, release: RELEASE });
    working = false;
    await worked;
    await store[Symbol.asyncDispose]();
    const { devices = 0, principals = 0 } = tables;
    expect(devices).to.be.within(10, round);
    expect(devices - principals).to.be.oneOf([0, 1]);
    await restoreBackup(path, { ...to, secrets: SECRETS });
    await using after = await openStore(to);
    expect(await after.devices.list()).to.have.length(devices);
    const { items } = await after.files.list('urn:uuid:1', { limit: 1000 });
    expect(items.length).to.be.at.least(5 - left.length);
    for (const { id } of items) expect(await buffer((await after.files.read(id)).content)).to.have.length(1000);
    await rm(path);
  }).timeout(60_000);

  it('goes nowhere where data are already', async () => {
    await using from = await homes.from();
    await using to = await homes.to();
    const path = join(from.data, '..', 'second.backup');
    await (await openStore(from))[Symbol.asyncDispose]();
    await writeBackup(path, { ...from, secrets: SECRETS, release: RELEASE });
    const store = await openStore(to);
    const { gatewayID } = store;
    expect(await refusal(restoreBackup(path, { ...to, secrets: SECRETS }))).to.include({ code: 'conflict' });
    await store[Symbol.asyncDispose]();
    const refused = await refusal(restoreBackup(path, { ...to, secrets: SECRETS }));
    expect(refused).to.include({ code: 'invalid' });
    expect(refused.detail).to.include('data already');
    await using again = await openStore(to);
    expect(again.gatewayID).to.equal(gatewayID);
    await rm(path);
  });
}

/** A result of that device. */
export const measuredBy = (owner: string): NewResult => ({
  owner,
  taskID: 'task',
  type: 'MRD',
  parameter: { larmor_frequency: 1 },
  originalName: 'data.mrd',
  file: { name: 'data.mrd', mediaType: 'application/octet-stream' },
});

interface Filled {
  readonly first: number;
  readonly file: string;
}

/** Puts something into every part of a store. */
async function fill(store: Store): Promise<Filled> {
  const device = { name: 'ems_001', kind: 'telemetry', title: 'Battery', id: 'urn:uuid:1' };
  await store.devices.add({ ...device, credentials: { password: 'of the device' } }, 'device-token');
  await store.devices.replaceToken('ems_001', 'new-token', { overlap: 3_600_000 });
  await store.adoptedThings.add({ name: 'pump', td: { title: 'Pump' }, settings: {}, credentials: { token: 'pumps' } });
  await store.principals.add({ kind: 'user', name: 'ada', title: 'Ada', organization: 'default' }, 'a hash');
  await store.principals.grant('user:ada', { role: 'operator', organization: 'lab' });
  await store.principals.addCredential({ principal: 'user:ada', kind: 'token', label: '' }, 'ada-token');
  const thing = store.memory.of('urn:uuid:1');
  const first = (Date.now() - 10_000) * 1000;
  for (let i = 0; i < 500; i++) thing.append({ kind: 'property', name: 'level' }, i, first + i * 1000);
  thing.append({ kind: 'event', name: 'alarm' }, { text: 'grün "€"\u0000' }, first + 600_000);
  thing.keep({
    status: { actionID: 'run', action: 'scan', state: 'completed', timeRequested: new Date().toISOString() },
    invoker: { id: 'user:ada', kind: 'user', grants: [] },
    uriVariables: {},
    cancelled: false,
  });
  await store.history.retain('urn:uuid:1', { raw: 86_400_000 });
  store.audit.append({
    micros: first,
    principal: 'user:ada',
    operation: 'invokeaction',
    affordances: ['scan'],
    result: 'done',
  });
  await store.memory.kept();
  const wish = { name: 'scan.bin', mediaType: 'application/octet-stream', owner: 'urn:uuid:1' };
  const bytes = randomBytes(500_000);
  await store.files.write(pieces(bytes), wish);
  const { id } = await store.files.write(pieces(bytes), { ...wish, name: 'again' });
  await store.files.write(pieces(Buffer.of()), { ...wish, name: 'empty' });
  await store.results.write(pieces(bytes), measuredBy('urn:uuid:1'));
  await fileImage(store);
  const skipped = { device: 'device 9', deviceName: 'nine', organization: 'lab', reason: 'busy' };
  await store.campaigns.add(campaignRow(), [{ upgrade: upgradeRow(1), lines: ['one'] }], [skipped]);
  const lease = { holder: 'worker', fence: 1, until: 2_000 };
  await store.upgrades.add([{ upgrade: upgradeRow(2, { lease }), lines: [] }]);
  return { first, file: id };
}

/** What a reader sees of what was filled in. */
async function summaryOf(store: Store, { first, file }: Filled): Promise<Readonly<Record<string, unknown>>> {
  const thing = store.memory.of('urn:uuid:1');
  return {
    devices: await store.devices.list(),
    tokens: [await store.devices.findByToken('device-token'), await store.devices.findByToken('new-token')],
    adopted: await store.adoptedThings.list(),
    credentials: [await store.adoptedThings.credentials('pump'), await store.devices.credentials('urn:uuid:1')],
    user: (await store.principals.findBySecret('ada-token'))?.principal,
    password: await store.principals.findPassword('user:ada'),
    grants: (await store.principals.get('user:ada'))?.grants,
    changes: await thing.since(first, Date.now() * 1000),
    runs: thing.invocations,
    history: (await store.history.read('urn:uuid:1', 'level', { limit: 1000 })).items,
    audit: (await store.audit.read()).items,
    files: (await store.files.list('urn:uuid:1')).items,
    bytes: (await buffer((await store.files.read(file)).content)).toString('base64'),
    results: await store.results.list('urn:uuid:1', { limit: 10 }),
    amount: await store.files.usage('default'),
    upgrades: (await store.upgrades.changes(0)).items,
    lines: await store.upgrades.log('upgrade 1'),
    campaigns: [await store.campaigns.find(), await store.campaigns.skipped('campaign')],
    images: [await store.firmware.images.find(), await store.firmware.firmware.find()],
  };
}
