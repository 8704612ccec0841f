import { expect } from 'chai';
import {
  createTally,
  createUpgradeRecord,
  newUpgrade,
  type UpgradeChange,
  type UpgradeEvent,
  type UpgradeRecord,
} from '../src/index.js';
import { campaignOf, groupOf, requestOf, START, upgradeOf, uuid } from './fixture.js';
import { codeOf, type Prepare } from './premises.js';

const claim = { type: 'claim', holder: 'worker', until: START + 30_000 } as const;
const cancel = { type: 'cancel', by: 'user:bob' } as const;
const flash = { type: 'flash', fence: 1 } as const;

/** What the record promises over whatever keeps it. */
export function upgradeRecordSuite(prepare: Prepare): void {
  /** A record, with all that it told. */
  const recorded = (record: UpgradeRecord) => {
    const changes: UpgradeChange[] = [];
    record.upgrades.subscribe((change) => changes.push(change));
    return changes;
  };
  const open = async (now = () => START + 1000) => {
    const premises = await prepare();
    const record = createUpgradeRecord(premises.tables, { now, random: () => 0.5 });
    return {
      premises,
      record,
      changes: recorded(record),
      [Symbol.asyncDispose]: () => premises[Symbol.asyncDispose](),
    };
  };

  it('tells of every change once, after it is kept, with its position', async () => {
    await using opened = await open();
    const { record, changes, premises } = opened;
    const upgrade = await record.add(upgradeOf(1));
    await record.advance(upgrade.id, claim);
    await record.advance(upgrade.id, { type: 'log', fence: 1, lines: ['hello'] });
    expect(
      changes.map(({ position, before, upgrade: now, lines }) => [position, before?.seq, now.seq, lines]),
    ).to.deep.equal([
      [1, undefined, 1, []],
      [2, 1, 2, []],
      [3, 2, 3, ['hello']],
    ]);
    expect(await premises.tables.upgrades.get(upgrade.id)).to.deep.equal(changes.at(-1)?.upgrade);
  });

  it('refuses with the words of the machine, and tells nothing', async () => {
    await using opened = await open();
    const { record, changes } = opened;
    const { id } = await record.add(upgradeOf(1));
    for (const event of [claim, flash]) await record.advance(id, event);
    let refusal: unknown;
    await record.advance(id, cancel).catch((error: unknown) => {
      refusal = error;
    });
    expect(refusal).to.include({
      code: 'conflict',
      message: 'Cannot cancel upgrade: firmware reflashing has already started',
    });
    expect(await codeOf(record.advance(uuid(9), cancel))).to.equal('notFound');
    expect(changes).to.have.length(3);
  });

  it('lets either the cancel or the flash win, never both', async () => {
    await using opened = await open();
    const { record } = opened;
    for (let i = 1; i <= 20; i++) {
      const { id } = await record.add(upgradeOf(i));
      await record.advance(id, claim);
      const events: readonly UpgradeEvent[] = i % 2 === 0 ? [cancel, flash] : [flash, cancel];
      const codes = await Promise.all(events.map((event) => codeOf(record.advance(id, event))));
      expect([...codes].sort()).to.deep.equal(['conflict', 'none']);
      const upgrade = await record.tables.upgrades.get(id);
      const winner = codes[events.indexOf(cancel)] === 'none' ? 'cancelling' : 'flashing';
      expect(upgrade?.phase).to.equal(winner);
    }
  });

  it('loses no line and no cancel where many write at once', async () => {
    await using opened = await open();
    const { record, changes } = opened;
    const { id } = await record.add(upgradeOf(1));
    await record.advance(id, claim);
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    await Promise.all([
      ...lines.map((line) => record.advance(id, { type: 'log', fence: 1, lines: [line] })),
      record.advance(id, cancel),
    ]);
    const texts = (await record.tables.upgrades.log(id)).map(({ text }) => text);
    expect(texts).to.have.members([...lines, 'Upgrade operation has been cancelled by user']);
    const upgrade = await record.tables.upgrades.get(id);
    expect(upgrade).to.include({ phase: 'cancelling', lines: 21, seq: 23 });
    expect(changes.map((change) => change.upgrade.seq).sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 23 }, (_, i) => i + 1),
    );
  });

  it('gives one worker the lease, and refuses one that has lost it', async () => {
    let now = START + 1000;
    await using opened = await open(() => now);
    const { record } = opened;
    const { id } = await record.add(upgradeOf(1));
    const claims = await Promise.all(['a', 'b', 'c'].map((holder) => codeOf(record.advance(id, { ...claim, holder }))));
    expect([...claims].sort()).to.deep.equal(['conflict', 'conflict', 'none']);
    expect(await codeOf(record.advance(id, { type: 'lapse', holderIsDead: false }))).to.equal('conflict');
    now = claim.until;
    await record.advance(id, { type: 'lapse', holderIsDead: false });
    await record.advance(id, { type: 'release' });
    await record.advance(id, { ...claim, holder: 'd', until: now + 1000 });
    expect(await codeOf(record.advance(id, flash))).to.equal('conflict');
    expect((await record.advance(id, { type: 'flash', fence: 2 })).phase).to.equal('flashing');
  });

  it('refuses a worker whom another record has taken the lease', async () => {
    await using opened = await open();
    const { record, premises } = opened;
    const other = createUpgradeRecord(premises.tables, { now: () => START + 1000, random: () => 0 });
    const { id } = await record.add(upgradeOf(1));
    await record.advance(id, claim);
    await other.advance(id, { type: 'lapse', holderIsDead: true });
    expect(await codeOf(record.advance(id, flash))).to.equal('conflict');
    await other.advance(id, { type: 'release' });
    await other.advance(id, { ...claim, holder: 'other' });
    await record.advance(id, cancel);
    expect(await codeOf(other.advance(id, { type: 'flash', fence: 2 }))).to.equal('conflict');
    expect((await premises.tables.upgrades.get(id))?.phase).to.equal('cancelling');
  });

  it('counts the lease of a worker that lives by what was kept last', async () => {
    let now = START + 1000;
    await using opened = await open(() => now);
    const { record, premises } = opened;
    const { id } = await record.add(upgradeOf(1));
    await record.advance(id, claim);
    await premises.tables.upgrades.renew([{ id, fence: 1 }], 'worker', claim.until + 30_000);
    await record.advance(id, { type: 'step', fence: 1, phase: 'identifying' });
    now = claim.until + 1;
    expect(await codeOf(record.advance(id, { type: 'lapse', holderIsDead: false }))).to.equal('conflict');
    now = claim.until + 30_000;
    expect((await record.advance(id, { type: 'lapse', holderIsDead: false })).phase).to.equal('waiting-retry');
  });

  it('lets a new upgrade take the place of one that waits', async () => {
    await using opened = await open();
    const { record, changes } = opened;
    const device = uuid(1, '3');
    await record.add(upgradeOf(1));
    const second = await record.add(upgradeOf(2, { device }));
    expect(second.phase).to.equal('queued');
    const first = await record.tables.upgrades.get(uuid(1));
    expect(first?.phase).to.equal('superseded');
    expect((await record.tables.upgrades.log(uuid(1))).map(({ text }) => text)).to.deep.equal([
      'Another upgrade operation is in progress, aborting...',
    ]);
    expect(changes.map(({ upgrade, position }) => [upgrade.id, upgrade.phase, position])).to.deep.equal([
      [uuid(1), 'queued', 1],
      [uuid(1), 'superseded', 2],
      [uuid(2), 'queued', 3],
    ]);
  });

  it('ends a new upgrade at once while its device is worked on', async () => {
    await using opened = await open();
    const { record } = opened;
    await record.add(upgradeOf(1));
    await record.advance(uuid(1), claim);
    const second = await record.add(upgradeOf(2, { device: uuid(1, '3') }));
    expect(second).to.include({ phase: 'superseded', lines: 1 });
    expect((await record.tables.upgrades.get(uuid(1)))?.phase).to.equal('connecting');
  });

  it('holds a device once, however many ask at once', async () => {
    await using opened = await open();
    const { record } = opened;
    const device = uuid(1, '3');
    const added = await Promise.all([1, 2, 3, 4, 5].map((i) => record.add(upgradeOf(i, { device }))));
    const phases = (await record.tables.upgrades.getAll(added.map(({ id }) => id))).map(({ phase }) => phase);
    expect(phases.filter((phase) => phase === 'queued')).to.have.length(1);
    expect(phases.filter((phase) => phase === 'superseded')).to.have.length(4);
  });

  it('knows a request again by its key', async () => {
    await using opened = await open();
    const { record, changes } = opened;
    const same = [1, 2, 3].map((i) => record.add(upgradeOf(i, { clientKey: 'key' })));
    const ids = (await Promise.all(same)).map(({ id }) => id);
    expect(new Set(ids).size).to.equal(1);
    expect(changes).to.have.length(1);
    const campaigns = [1, 2].map((i) => campaignOf(i, { clientKey: 'key' }));
    const first = await record.addCampaign(campaigns[0] ?? campaignOf(1), [], []);
    expect(await record.addCampaign(campaigns[1] ?? campaignOf(2), [], [])).to.deep.equal(first);
  });

  it('counts a campaign while it goes on, and the total stays', async () => {
    await using opened = await open();
    const { record, changes } = opened;
    const campaign = campaignOf(1, { groups: [groupOf('a', 3), groupOf('b', 3)], total: 6 });
    const upgrades = Array.from({ length: 6 }, (_, i) => {
      const group = i < 3 ? 0 : 1;
      return newUpgrade(
        requestOf(i, { campaign: campaign.id, group }),
        uuid(1, '5'),
        group === 0 ? 'planned' : 'waiting-group',
      );
    });
    await record.addCampaign(campaign, upgrades, []);
    expect(changes.map(({ position }) => position)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    const [tally, again] = await Promise.all([record.tally(campaign.id), record.tally(campaign.id)]);
    expect(again).to.equal(tally);
    expect(tally.counts()).to.include({ total: 6, pending: 3, completed: 0 });
    const work = upgrades.map(async ({ id, group }) => {
      await record.advance(id, { type: 'release' });
      await record.advance(id, claim);
      if (group === 0) await record.advance(id, { type: 'end', fence: 1, phase: 'not-needed', lines: ['done'] });
    });
    const late = record.tally(campaign.id);
    await Promise.all(work);
    expect(await late).to.equal(tally);
    expect(tally.counts(0)).to.include({ total: 3, success: 3, completed: 3 });
    expect(tally.counts(1)).to.include({ total: 3, inProgress: 3, pending: 0 });
    const kept = createTally((await record.tables.upgrades.tally(campaign.id)).counts);
    expect(tally.phases()).to.deep.equal(kept.phases());
  });

  it('counts right what changes while it is counted', async () => {
    await using opened = await open();
    const { record } = opened;
    const campaign = campaignOf(1);
    const upgrades = Array.from({ length: 30 }, (_, i) =>
      newUpgrade(requestOf(i, { campaign: campaign.id }), uuid(1, '5'), 'planned'),
    );
    await record.addCampaign(campaign, upgrades, []);
    const work = upgrades.map(({ id }) => record.advance(id, cancel));
    const tally = await record.tally(campaign.id);
    await Promise.all(work);
    expect(tally.phases()).to.deep.equal({ cancelled: 30 });
  });

  it('lets those go on who have missed changes', async () => {
    await using opened = await open();
    const { record, changes } = opened;
    for (let i = 1; i <= 5; i++) await record.add(upgradeOf(i));
    const seen = changes.at(-1)?.position ?? 0;
    for (let i = 2; i <= 3; i++) await record.advance(uuid(i), claim);
    await record.advance(uuid(2), cancel);
    const { items, position } = await record.tables.upgrades.changes(seen);
    expect(items.map(({ upgrade }) => [upgrade.id, upgrade.phase])).to.deep.equal([
      [uuid(3), 'connecting'],
      [uuid(2), 'cancelling'],
    ]);
    expect(position).to.equal(changes.at(-1)?.position);
  });

  it('changes campaigns one after the other, and tells of it', async () => {
    await using opened = await open();
    const { record } = opened;
    const told: string[] = [];
    record.campaigns.subscribe(({ before, campaign }) => told.push(`${before?.phase ?? 'none'} ${campaign.phase}`));
    await record.addCampaign(campaignOf(1), [], []);
    const codes = await Promise.all(
      [1, 2, 3].map(() => codeOf(record.advanceCampaign(uuid(1, '2'), { type: 'start' }))),
    );
    expect([...codes].sort()).to.deep.equal(['conflict', 'conflict', 'none']);
    await record.advanceCampaign(uuid(1, '2'), { type: 'pause', reason: 'lunch' });
    await record.advanceCampaign(uuid(1, '2'), { type: 'pause', reason: 'lunch' });
    expect(told).to.deep.equal(['none ready', 'ready running', 'running paused']);
    expect(await codeOf(record.advanceCampaign(uuid(9, '2'), { type: 'start' }))).to.equal('notFound');
  });

  it('removes what has ended, tells what that was last, and counts anew', async () => {
    await using opened = await open();
    const { record } = opened;
    const told: unknown[] = [];
    record.removals.subscribe((removal) => told.push(removal));
    const campaign = campaignOf(1);
    const upgrades = [1, 2].map((i) => newUpgrade(requestOf(i, { campaign: campaign.id }), uuid(1, '5'), 'planned'));
    await record.addCampaign(campaign, upgrades, []);
    expect((await record.tally(campaign.id)).counts().total).to.equal(2);
    expect(await codeOf(record.removeCampaign(campaign.id))).to.equal('conflict');
    const last = await record.advance(uuid(1), cancel);
    expect(await codeOf(record.remove(uuid(1))), 'its campaign goes on').to.equal('conflict');
    const ended = await record.advanceCampaign(campaign.id, { type: 'cancel' });
    expect(await codeOf(record.remove(uuid(2))), 'it goes on').to.equal('conflict');
    await record.remove(uuid(1));
    expect((await record.tally(campaign.id)).counts()).to.include({ total: 1, cancelled: 0 });
    await record.removeCampaign(campaign.id);
    expect(told).to.deep.equal([{ upgrade: last }, { campaign: ended }]);
    expect(await codeOf(record.remove(uuid(1)))).to.equal('notFound');
    expect(await codeOf(record.removeCampaign(campaign.id))).to.equal('notFound');
    expect(await codeOf(record.advance(uuid(2), cancel))).to.equal('notFound');
    expect(await codeOf(record.tally(campaign.id))).to.equal('notFound');
  });
}
