import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import type { CampaignRow, FirmwareImageEntry, Store, UpgradeRow } from '../src/index.js';
import { pieces } from './files.suite.js';
import type { Premises } from './fixture/premises.js';
import { refusal } from './refusal.js';

const times = { created: 1_000, modified: 1_000 };

/** An upgrade of the device with that number. */
export const upgradeRow = (number: number, more: Partial<UpgradeRow> = {}): UpgradeRow => ({
  id: `upgrade ${number}`,
  device: `device ${number}`,
  organization: 'lab',
  image: 'image',
  campaign: null,
  group: 0,
  place: number,
  phase: 'queued',
  holdsDevice: true,
  requestedBy: 'user:ada',
  clientKey: null,
  seq: 1,
  lease: null,
  latest: 1_000,
  kept: `{"number":${number},"text":"grün \\u0000"}`,
  ...times,
  ...more,
});

/** A campaign. */
export const campaignRow = (more: Partial<CampaignRow> = {}): CampaignRow => ({
  id: 'campaign',
  build: 'build',
  organization: null,
  phase: 'running',
  outcome: null,
  isEnded: false,
  createdBy: 'user:ada',
  clientKey: 'key',
  seq: 1,
  kept: '{}',
  ...times,
  ...more,
});

/** What every store promises of upgrades, beyond what an upgrader asks of it. */
export function upgradesSuite(prepare: () => Promise<Premises>): void {
  it('does not commit for others what one may not do', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { upgrades } = opened.store;
    await upgrades.add([{ upgrade: upgradeRow(1), lines: [] }]);
    const lines = ['x'];
    const done = await Promise.all([
      upgrades.add([{ upgrade: upgradeRow(2), lines }]),
      refusal(
        upgrades.add([
          { upgrade: upgradeRow(3), lines },
          { upgrade: upgradeRow(1, { id: 'other' }), lines },
        ]),
      ),
      upgrades.replace({ upgrade: upgradeRow(1, { seq: 2 }), expected: 1, lines }),
      refusal(upgrades.add([{ upgrade: upgradeRow(1, { id: 'more' }), lines }])),
      upgrades.add([{ upgrade: upgradeRow(4), lines }]),
    ]);
    expect([done[0], done[2], done[4]]).to.deep.equal([[2], 3, [4]]);
    expect([done[1].code, done[3].code]).to.deep.equal(['conflict', 'conflict']);
    expect(await upgrades.get('upgrade 3')).to.equal(undefined);
    expect((await upgrades.log('upgrade 1')).map(({ text }) => text)).to.deep.equal(['x']);
  });

  it('keeps what comes with a change that the database refuses', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { upgrades } = opened.store;
    await upgrades.add(
      [1, 2, 3].map((i) => ({ upgrade: upgradeRow(i, i === 3 ? { holdsDevice: false } : {}), lines: [] })),
    );
    const done = await Promise.allSettled([
      upgrades.replace({ upgrade: upgradeRow(1, { seq: 2 }), expected: 1, lines: ['a'] }),
      upgrades.replace({ upgrade: upgradeRow(3, { seq: 2, kept: 'x', group: 0 }), expected: 1, lines: ['b'] }),
      upgrades.add([{ upgrade: upgradeRow(4, { created: Number.NaN }), lines: [] }]),
      upgrades.replace({ upgrade: upgradeRow(2, { seq: 2 }), expected: 1, lines: ['c'] }),
    ]);
    expect(done.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await upgrades.position()).to.equal(6);
  });

  it('gives no position twice, also when the last change is removed', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { upgrades } = opened.store;
    await upgrades.add([1, 2].map((i) => ({ upgrade: upgradeRow(i, { holdsDevice: false }), lines: ['x'] })));
    expect(await upgrades.remove('upgrade 2')).to.equal(true);
    expect(await upgrades.position()).to.equal(2);
    expect(await upgrades.add([{ upgrade: upgradeRow(3), lines: [] }])).to.deep.equal([3]);
    expect(await upgrades.changes(2)).to.deep.include({ position: 3 });
    expect(await upgrades.log('upgrade 2')).to.deep.equal([]);
  });

  it('passes over as many that are due as it is asked to', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { upgrades } = opened.store;
    await upgrades.add([3, 1, 2].map((i) => ({ upgrade: upgradeRow(i, { latest: i }), lines: [] })));
    const due = async (...[moment, limit, offset]: readonly [number, number, number?]) =>
      (await upgrades.due(moment, limit, offset)).map(({ id, device, seq }) => [id, device, seq]);
    expect(await due(2, 10)).to.deep.equal([
      ['upgrade 1', 'device 1', 1],
      ['upgrade 2', 'device 2', 1],
    ]);
    expect(await due(3, 1, 1)).to.deep.equal([['upgrade 2', 'device 2', 1]]);
    expect(await due(3, 10, 3)).to.deep.equal([]);
  });

  it('refuses pages that are none', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { upgrades, campaigns, firmware } = opened.store;
    for (const ask of [
      () => upgrades.find({ limit: 0 }),
      () => upgrades.find({ offset: -1 }),
      () => upgrades.log('x', 0, 1001),
      () => upgrades.changes(0, { limit: 0.5 }),
      () => campaigns.find({ limit: 1001 }),
      () => campaigns.skipped('x', { offset: Number.NaN }),
      () => firmware.images.find({ limit: -1 }),
    ]) {
      expect((await refusal(ask())).code).to.equal('invalid');
    }
  });

  it('takes the bytes of images, and gives them in ranges', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { firmwareContents, files } = opened.store;
    const bytes = randomBytes(200_000);
    const file = { name: 'image.bin', organization: null, maxSize: 200_000 };
    const first = await firmwareContents.write(pieces(bytes), file);
    expect(first).to.include({ size: 200_000 });
    const again = await firmwareContents.write(pieces(bytes), { ...file, expectedSHA256: first.sha256 });
    expect(await collect(await firmwareContents.read(first.content))).to.deep.equal(bytes);
    const part = await firmwareContents.read(first.content, { start: 1000, end: 1010 });
    expect(await collect(part)).to.deep.equal(bytes.subarray(1000, 1010));
    expect((await refusal(firmwareContents.write(pieces(bytes), { ...file, maxSize: 10 }))).code).to.equal('tooLarge');
    const other = firmwareContents.write(pieces(bytes), { ...file, expectedSHA256: '0'.repeat(64) });
    expect((await refusal(other)).code).to.equal('invalid');
    await firmwareContents.remove(first.content);
    await firmwareContents.remove(first.content);
    expect((await refusal(firmwareContents.read(first.content))).code).to.equal('notFound');
    expect(await collect(await firmwareContents.read(again.content))).to.deep.equal(bytes);
    expect(await files.usage('shared')).to.equal(200_000);
  });
}

/** What every store promises of upgrades when it is opened again. */
export function upgradesRestartSuite(prepare: () => Promise<Premises>): void {
  it('has its upgrades and images after a restart, and no bytes that no image stands for', async () => {
    await using premises = await prepare();
    let content = '';
    {
      await using before = await premises.open();
      const { upgrades, campaigns } = before.store;
      content = await fileImage(before.store);
      await before.store.firmwareContents.write(pieces(randomBytes(10)), {
        name: 'x',
        organization: 'lab',
        maxSize: 10,
      });
      expect(await before.store.files.usage('lab')).to.equal(20);
      const lease = { holder: 'worker', fence: 1, until: 2_000 };
      await campaigns.add(
        campaignRow(),
        [{ upgrade: upgradeRow(1, { campaign: 'campaign', lease, latest: null }), lines: ['one\0'] }],
        [],
      );
      await upgrades.renew([{ id: 'upgrade 1', fence: 1 }], 'worker', 3_000);
    }
    await using after = await premises.open();
    const { upgrades, campaigns, firmwareContents, files } = after.store;
    const { id, device, seq, kept } = upgradeRow(1);
    expect(await upgrades.get(id)).to.deep.equal({ id, device, seq, position: 1, leaseUntil: 3_000, due: 3_000, kept });
    expect(await upgrades.position()).to.equal(1);
    expect(await upgrades.log('upgrade 1')).to.deep.equal([{ number: 0, at: 1_000, text: 'one\uFFFD' }]);
    expect(await campaigns.requested('user:ada', 'key')).to.equal('{}');
    expect(await collect(await firmwareContents.read(content))).to.have.length(10);
    for (let tries = 0; tries < 10_000 && (await files.usage('lab')) > 10; tries++);
    expect(await files.usage('lab')).to.equal(10);
  });
}

/** Files an image of ten bytes, with what it belongs to, and a device that has it; gives what its bytes are known by. */
export async function fileImage({ firmware, firmwareContents }: Store): Promise<string> {
  const file = { name: 'image.bin', organization: 'lab', maxSize: 10 };
  const { content, size, sha256 } = await firmwareContents.write(pieces(randomBytes(10)), file);
  await firmware.categories.put({ id: 'category', name: 'Routers', description: '', organization: 'lab', ...times });
  await firmware.builds.put({ id: 'build', category: 'category', version: '2.0', os: null, changelog: '', ...times });
  const image: FirmwareImageEntry = {
    id: 'image',
    build: 'build',
    type: 'x86',
    fileName: 'image.bin',
    size,
    sha256,
    content,
    signature: { keyID: 'key', value: 'c2ln' },
    ...times,
  };
  await firmware.images.put(image);
  await firmware.firmware.put({ id: 'firmware', device: 'device 1', image: 'image', installed: true, ...times });
  return content;
}

const collect = async (content: AsyncIterable<Uint8Array>): Promise<Buffer> => buffer(content);
