import { expect } from 'chai';
import { newUpgrade, type Upgrade, type UpgradeTable } from '../src/index.js';
import { campaignOf, requestOf, START, upgradeOf, uuid } from './fixture.js';
import { codeOf, type Prepare } from './premises.js';

/** The next state of an upgrade, as a machine would give it. */
const next = (upgrade: Upgrade, change: Partial<Upgrade> = {}): Upgrade => ({
  ...upgrade,
  seq: upgrade.seq + 1,
  modified: upgrade.modified + 1,
  ...change,
});
const ENDED = { phase: 'failed', ended: START + 5, lease: null, wakeAt: null } as const;
const idsOf = (upgrades: readonly Upgrade[]) => upgrades.map(({ id }) => id);
const add = async (table: UpgradeTable, ...upgrades: readonly Upgrade[]) =>
  table.add(upgrades.map((upgrade) => ({ upgrade, lines: [] })));

/** What everything promises that keeps upgrades and campaigns. */
export function upgradeTablesSuite(prepare: Prepare): void {
  it('gives back what it took', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const upgrade: Upgrade = {
      ...upgradeOf(1, { clientKey: 'key', notBefore: START + 1, campaign: null, retryOf: uuid(9) }),
      cancelRequest: { by: 'user:bob', at: START },
      lease: { holder: 'w', fence: 3, until: START + 9 },
      fence: 3,
      verified: { version: '2.0', bootID: null, at: START },
      pausedFrom: 'waiting-retry',
    };
    expect(await upgrades.position()).to.equal(0);
    expect(await upgrades.add([{ upgrade, lines: ['one', 'two\nlines'] }])).to.deep.equal([1]);
    expect(await upgrades.get(upgrade.id)).to.deep.equal(upgrade);
    expect(await upgrades.requested('user:ada', 'key')).to.deep.equal(upgrade);
    expect(await upgrades.holding(upgrade.device)).to.deep.equal(upgrade);
    expect(await upgrades.getAll([uuid(5), upgrade.id])).to.deep.equal([upgrade]);
    expect(await upgrades.log(upgrade.id)).to.deep.equal([
      { number: 0, at: START, text: 'one' },
      { number: 1, at: START, text: 'two\nlines' },
    ]);
    expect(await upgrades.get(uuid(2))).to.equal(undefined);
    expect(await upgrades.requested('user:bob', 'key')).to.equal(undefined);
    expect(await upgrades.holding(uuid(2))).to.equal(undefined);
    expect(await upgrades.log(uuid(2))).to.deep.equal([]);
    expect(await upgrades.position()).to.equal(1);
  });

  it('holds a device for one upgrade at a time', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const [first, second] = [upgradeOf(1), upgradeOf(2, { device: uuid(1, '3') })];
    await add(upgrades, first);
    expect(await codeOf(add(upgrades, upgradeOf(3), second))).to.equal('conflict');
    expect(await upgrades.get(uuid(3)), 'all or nothing').to.equal(undefined);
    expect(await codeOf(add(upgrades, upgradeOf(4), upgradeOf(5, { device: uuid(4, '3') })))).to.equal('conflict');

    const lease = { holder: 'w', fence: 1, until: START + 9 };
    await upgrades.replace({ upgrade: next(first, { ...ENDED, lease }), expected: 1, lines: [] });
    expect(await codeOf(add(upgrades, second)), 'its driver has not stopped').to.equal('conflict');
    expect(await upgrades.heldDevices()).to.deep.equal([first.device]);
    await upgrades.replace({ upgrade: next(first, { ...ENDED, seq: 3 }), expected: 2, lines: [] });
    expect(await upgrades.heldDevices()).to.deep.equal([]);
    await add(upgrades, second);
    expect((await upgrades.holding(first.device))?.id).to.equal(second.id);
    await add(upgrades, { ...upgradeOf(6, { device: second.device }), ...ENDED });
  });

  it('of two that add for one device at once, takes one', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const device = uuid(1, '3');
    const codes = await Promise.all([1, 2, 3, 4].map((i) => codeOf(add(upgrades, upgradeOf(i, { device })))));
    expect(codes.filter((code) => code === 'none')).to.have.length(1);
    expect(codes.filter((code) => code === 'conflict')).to.have.length(3);
  });

  it('lets one take the place of another in one step', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const first = upgradeOf(1);
    const second = upgradeOf(2, { device: first.device });
    await add(upgrades, first);
    const superseded = { upgrade: next(first, { ...ENDED, phase: 'superseded' }), expected: 2, lines: ['gone'] };
    const added = [{ upgrade: second, lines: [] }];
    expect(await codeOf(upgrades.add(added, [superseded]))).to.equal('conflict');
    expect(await upgrades.get(second.id)).to.equal(undefined);
    expect(await upgrades.add(added, [{ ...superseded, expected: 1 }])).to.deep.equal([2, 3]);
    expect((await upgrades.holding(first.device))?.id).to.equal(second.id);
    expect((await upgrades.get(first.id))?.phase).to.equal('superseded');
    expect((await upgrades.log(first.id)).map(({ text }) => text)).to.deep.equal(['gone']);
  });

  it('takes a client key once', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    await add(upgrades, upgradeOf(1, { clientKey: 'key' }));
    expect(await codeOf(add(upgrades, upgradeOf(2, { clientKey: 'key' })))).to.equal('conflict');
    expect(await codeOf(add(upgrades, upgradeOf(2, { clientKey: 'key', requestedBy: 'user:bob' })))).to.equal('none');
  });

  it('compares before it sets: of many that change one at once, one is first', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const first = upgradeOf(1);
    await add(upgrades, first);
    const positions = await Promise.all(
      [1, 2, 3, 4, 5].map((i) =>
        upgrades.replace({ upgrade: next(first, { progress: i }), expected: 1, lines: [`by ${i}`] }),
      ),
    );
    expect(positions.filter((position) => position !== undefined)).to.deep.equal([2]);
    const kept = await upgrades.get(first.id);
    expect((await upgrades.log(first.id)).map(({ text }) => text)).to.deep.equal([`by ${kept?.progress}`]);
    expect(await upgrades.replace({ upgrade: next(upgradeOf(7)), expected: 1, lines: [] })).to.equal(undefined);
  });

  it('prolongs the leases of who has them, and tells of no change', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const leased = (i: number, holder: string): Upgrade => ({
      ...upgradeOf(i),
      phase: 'connecting',
      fence: 2,
      lease: { holder, fence: 2, until: START + 10 },
    });
    await add(upgrades, leased(1, 'a'), leased(2, 'b'), upgradeOf(3), leased(4, 'a'));
    const position = await upgrades.position();
    const leases = [1, 2, 3, 9].map((i) => ({ id: uuid(i), fence: 2 }));
    const lost = await upgrades.renew([...leases, { id: uuid(4), fence: 1 }], 'a', START + 99);
    expect(lost).to.have.members([uuid(2), uuid(3), uuid(9), uuid(4)]);
    expect(await upgrades.get(uuid(1))).to.deep.include({
      lease: { holder: 'a', fence: 2, until: START + 99 },
      seq: 1,
    });
    expect((await upgrades.get(uuid(2)))?.lease?.until).to.equal(START + 10);
    expect(await upgrades.position()).to.equal(position);
    const due = await upgrades.due(START + 50, 10);
    expect(idsOf(due)).to.have.members([uuid(2), uuid(3), uuid(4)]);
  });

  it('does not shorten a lease that was prolonged since the upgrade was read', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const lease = { holder: 'a', fence: 1, until: START + 10 };
    const read: Upgrade = { ...upgradeOf(1), phase: 'connecting', fence: 1, lease };
    await add(upgrades, read);
    await upgrades.renew([{ id: read.id, fence: 1 }], 'a', START + 99);
    await upgrades.replace({ upgrade: next(read, { progress: 10 }), expected: 1, lines: [] });
    expect(await upgrades.get(read.id)).to.deep.include({ progress: 10, lease: { ...lease, until: START + 99 } });
    expect(await upgrades.nextDue()).to.equal(START + 99);
    const other = { holder: 'b', fence: 2, until: START + 20 };
    await upgrades.replace({ upgrade: next(read, { seq: 3, lease: other }), expected: 2, lines: [] });
    expect((await upgrades.get(read.id))?.lease).to.deep.equal(other);
  });

  it('knows what is due, in its order, and when the next one is', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const at = (i: number, wakeAt: number | null, place = i): Upgrade => ({ ...upgradeOf(i, { place }), wakeAt });
    expect(await upgrades.nextDue()).to.equal(undefined);
    await add(upgrades, at(1, START + 20), at(2, START + 10, 8), at(3, START + 10, 7), at(4, null), at(5, START + 30));
    expect(await upgrades.nextDue()).to.equal(START + 10);
    expect(idsOf(await upgrades.due(START + 20, 10))).to.deep.equal([uuid(3), uuid(2), uuid(1)]);
    expect(idsOf(await upgrades.due(START + 20, 2)), 'asking takes nothing away').to.deep.equal([uuid(3), uuid(2)]);
    expect(await upgrades.due(START + 9, 10)).to.deep.equal([]);
    const first = at(3, START + 10, 7);
    await upgrades.replace({ upgrade: next(first, { wakeAt: START + 40 }), expected: 1, lines: [] });
    await upgrades.replace({ upgrade: next(at(2, 0, 8), ENDED), expected: 1, lines: [] });
    expect(idsOf(await upgrades.due(START + 99, 10))).to.deep.equal([uuid(1), uuid(5), uuid(3)]);
    expect(await upgrades.nextDue()).to.equal(START + 20);
  });

  it('finds upgrades by what they are, in pages', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    const all = Array.from({ length: 7 }, (_, i) => upgradeOf(i, { created: START + i, place: 10 - i }));
    await add(upgrades, ...all, upgradeOf(8, { organization: 'other', created: START + 8 }));
    await upgrades.replace({
      upgrade: next(upgradeOf(0, { created: START, place: 10 }), {
        phase: 'paused',
        modified: START + 99,
        image: null,
      }),
      expected: 1,
      lines: [],
    });
    const ids = async (query: Parameters<UpgradeTable['find']>[0]) => {
      const { items, count } = await upgrades.find(query);
      return [items.map(({ id }) => Number(id.slice(-2))), count];
    };
    expect(await ids({})).to.deep.equal([[8, 6, 5, 4, 3, 2, 1, 0], 8]);
    expect(await ids({ organizations: ['lab'], offset: 1, limit: 2 })).to.deep.equal([[5, 4], 7]);
    expect(await ids({ organizations: [] })).to.deep.equal([[], 0]);
    expect(await ids({ phases: ['paused', 'failed'] })).to.deep.equal([[0], 1]);
    expect(await ids({ device: uuid(3, '3') })).to.deep.equal([[3], 1]);
    expect(await ids({ image: uuid(1, '5'), limit: 1 })).to.deep.equal([[8], 7]);
    expect(await ids({ order: { by: 'modified', isDescending: true }, limit: 1 })).to.deep.equal([[0], 8]);
    expect(await ids({ order: { by: 'place', isDescending: false }, limit: 3 })).to.deep.equal([[6, 5, 4], 8]);
    expect(await ids({ order: { by: 'device', isDescending: false }, limit: 2 })).to.deep.equal([[0, 1], 8]);
    expect(await ids({ offset: 100 })).to.deep.equal([[], 8]);
  });

  it('tells what has changed since a position, each once, as it is now', async () => {
    await using premises = await prepare();
    const { upgrades, campaigns } = premises.tables;
    const campaign = campaignOf(1);
    const of = (i: number) => upgradeOf(i, { campaign: campaign.id });
    const begin = { upgrade: newUpgrade(requestOf(9), uuid(1, '5'), 'queued'), lines: [] };
    await upgrades.add([begin]);
    expect(
      await campaigns.add(
        campaign,
        [1, 2, 3].map((i) => ({ upgrade: of(i), lines: [] })),
        [],
      ),
    ).to.deep.equal([2, 3, 4]);
    for (let seq = 1; seq <= 20; seq++) {
      await upgrades.replace({ upgrade: next(of(1), { seq: seq + 1, progress: seq }), expected: seq, lines: [] });
    }
    const some = await upgrades.changes(2, { campaign: campaign.id });
    expect(some.items.map(({ position, upgrade }) => [position, upgrade.id, upgrade.progress])).to.deep.equal([
      [3, uuid(2), 0],
      [4, uuid(3), 0],
      [24, uuid(1), 20],
    ]);
    expect(some.position).to.equal(24);
    const first = await upgrades.changes(0, { limit: 2 });
    expect(first.items.map(({ position }) => position)).to.deep.equal([1, 3]);
    const rest = await upgrades.changes(first.position, { limit: 10 });
    expect(rest.items.map(({ position }) => position)).to.deep.equal([4, 24]);
    expect(await upgrades.changes(24)).to.deep.equal({ items: [], position: 24 });
    expect((await upgrades.changes(0, { device: uuid(2, '3') })).items).to.have.length(1);
  });

  it('counts the upgrades of a campaign', async () => {
    await using premises = await prepare();
    const { upgrades, campaigns } = premises.tables;
    const campaign = campaignOf(1);
    const of = (i: number, group: number) => upgradeOf(i, { campaign: campaign.id, group });
    await campaigns.add(
      campaign,
      [of(1, 0), of(2, 0), of(3, 1)].map((upgrade) => ({ upgrade, lines: [] })),
      [],
    );
    await upgrades.replace({ upgrade: next(of(2, 0), ENDED), expected: 1, lines: [] });
    const { counts, position } = await upgrades.tally(campaign.id);
    expect(counts).to.have.deep.members([
      { group: 0, phase: 'queued', count: 1 },
      { group: 0, phase: 'failed', count: 1 },
      { group: 1, phase: 'queued', count: 1 },
    ]);
    expect(position).to.equal(4);
    expect(await upgrades.tally(uuid(9))).to.deep.equal({ counts: [], position: 4 });
  });

  it('appends to logs, and gives them in parts and from their ends', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    let upgrade = upgradeOf(1);
    await upgrades.add([
      { upgrade, lines: ['0', '1'] },
      { upgrade: upgradeOf(2), lines: [] },
    ]);
    for (let i = 1; i <= 3; i++) {
      upgrade = next(upgrade);
      await upgrades.replace({ upgrade, expected: i, lines: [`${2 * i}`, `${2 * i + 1}`] });
    }
    const entries = await upgrades.log(upgrade.id, 3, 2);
    expect(entries).to.deep.equal([
      { number: 3, at: START + 1, text: '3' },
      { number: 4, at: START + 2, text: '4' },
    ]);
    const tails = await upgrades.tails([upgrade.id, uuid(2), uuid(9)], 5);
    expect([...tails]).to.deep.equal([[upgrade.id, { text: '5\n6\n7', omitted: 5 }]]);
    const whole = await upgrades.tails([upgrade.id], 1000);
    expect(whole.get(upgrade.id)).to.deep.equal({ text: '0\n1\n2\n3\n4\n5\n6\n7', omitted: 0 });
  });

  it('cuts an entry that is longer than what is wanted', async () => {
    await using premises = await prepare();
    const { upgrades } = premises.tables;
    await upgrades.add([{ upgrade: upgradeOf(1), lines: ['first', 'x'.repeat(100_000), 'last'] }]);
    const tail = (await upgrades.tails([uuid(1)], 1000)).get(uuid(1));
    expect(tail?.text).to.equal(`${'x'.repeat(995)}\nlast`);
    expect(tail?.omitted).to.equal(2);
  });

  it('removes what has ended, and nothing else', async () => {
    await using premises = await prepare();
    const { upgrades, campaigns } = premises.tables;
    await add(upgrades, upgradeOf(1));
    expect(await upgrades.remove(uuid(1))).to.equal(false);
    await upgrades.replace({ upgrade: next(upgradeOf(1), ENDED), expected: 1, lines: ['x'] });
    expect(await upgrades.remove(uuid(1))).to.equal(true);
    expect(await upgrades.remove(uuid(1))).to.equal(false);
    expect(await upgrades.log(uuid(1))).to.deep.equal([]);
    const campaign = campaignOf(1);
    await campaigns.add(
      campaign,
      [{ upgrade: { ...upgradeOf(2, { campaign: campaign.id }), ...ENDED }, lines: [] }],
      [],
    );
    expect(await campaigns.remove(campaign.id)).to.equal(false);
    await campaigns.replace({ ...campaign, phase: 'ended', outcome: 'failed', seq: 2 }, 1);
    expect(await campaigns.remove(campaign.id)).to.equal(true);
    expect(await campaigns.get(campaign.id)).to.equal(undefined);
    expect(await upgrades.get(uuid(2))).to.equal(undefined);
    expect((await upgrades.find({})).count).to.equal(0);
  });

  it('keeps a campaign with its upgrades and those left out, or nothing of it', async () => {
    await using premises = await prepare();
    const { upgrades, campaigns } = premises.tables;
    const campaign = campaignOf(1, { clientKey: 'key', organization: null });
    const skipped = [1, 2, 3].map((i) => ({
      device: uuid(i, '3'),
      deviceName: `d${i}`,
      organization: 'lab',
      reason: 'busy' as const,
    }));
    await campaigns.add(campaign, [{ upgrade: upgradeOf(1, { campaign: campaign.id }), lines: [] }], skipped);
    expect(await campaigns.get(campaign.id)).to.deep.equal(campaign);
    expect(await campaigns.requested('user:ada', 'key')).to.deep.equal(campaign);
    expect(await campaigns.skipped(campaign.id, { offset: 1, limit: 1 })).to.deep.equal({
      items: skipped.slice(1, 2),
      count: 3,
    });
    const other = campaignOf(2);
    const busy = [upgradeOf(4), upgradeOf(5, { device: uuid(1, '3') })].map((upgrade) => ({ upgrade, lines: [] }));
    expect(await codeOf(campaigns.add(other, busy, []))).to.equal('conflict');
    expect(await campaigns.get(other.id)).to.equal(undefined);
    expect(await upgrades.get(uuid(4))).to.equal(undefined);
    expect(await codeOf(campaigns.add(campaignOf(3, { clientKey: 'key' }), [], []))).to.equal('conflict');
  });

  it('changes campaigns by comparing, and finds them', async () => {
    await using premises = await prepare();
    const { campaigns } = premises.tables;
    for (let i = 1; i <= 4; i++)
      await campaigns.add(campaignOf(i, { created: START + i, build: uuid(i % 2, '6') }), [], []);
    const changed = campaignOf(1, {
      phase: 'ended',
      outcome: 'success',
      seq: 2,
      created: START + 1,
      modified: START + 99,
    });
    const won = await Promise.all([campaigns.replace(changed, 1), campaigns.replace(changed, 1)]);
    expect(won.filter(Boolean)).to.have.length(1);
    const ids = async (query: Parameters<typeof campaigns.find>[0]) =>
      (await campaigns.find(query)).items.map(({ id }) => Number(id.slice(-2)));
    expect(await ids({})).to.deep.equal([4, 3, 2, 1]);
    expect(await ids({ build: uuid(0, '6') })).to.deep.equal([4, 2]);
    expect(await ids({ phases: ['ended'] })).to.deep.equal([1]);
    expect(await ids({ outcomes: ['success', 'failed'] })).to.deep.equal([1]);
    expect(await ids({ organizations: [null, 'other'] })).to.deep.equal([]);
    expect(await ids({ created: START + 2 })).to.deep.equal([2]);
    expect(await ids({ created: START })).to.deep.equal([]);
    expect(await ids({ order: { by: 'modified', isDescending: true }, limit: 1 })).to.deep.equal([1]);
    expect((await campaigns.find({ offset: 3 })).count).to.equal(4);
  });
}
