import { expect } from 'chai';
import { type Campaign, createCampaignDesk, type Phase, simulatedDevice } from '../../src/index.js';
import { groupOf, START, uuid } from '../fixture.js';
import { IMAGE, type World, world } from './engine-world.js';

const ID = uuid(1, '2');
const start = { type: 'start' } as const;

const campaign = async ({ tables }: World): Promise<Campaign> => {
  const row = await tables.campaigns.get(ID);
  if (!row) throw new Error('There is no campaign');
  return row;
};
const count = async ({ tables }: World, ...phases: Phase[]): Promise<number> =>
  (await tables.upgrades.find({ campaign: ID, phases })).count;

describe('campaigns in the engine', () => {
  it('go from group to group, and end', async () => {
    await using all = await world();
    all.start();
    await all.addCampaign(12, { groups: [groupOf('canary', 2), groupOf('rest', 10)] });
    await all.rest();
    expect(await count(all, 'planned')).to.equal(12);
    await all.record.advanceCampaign(ID, start);
    await all.until(async () => (await campaign(all)).ended !== null, 60);
    expect(await campaign(all)).to.include({ phase: 'ended', outcome: 'success' });
    expect(await count(all, 'succeeded')).to.equal(12);
  });

  it('begin with no device of the second group before the first is through', async () => {
    await using all = await world();
    all.start({ stepTime: 1000 });
    await all.addCampaign(12, { groups: [groupOf('canary', 2), groupOf('rest', 10)] });
    await all.record.advanceCampaign(ID, start);
    await all.until(async () => (await count(all, 'uploading')) === 2, 60);
    expect((await all.tables.upgrades.find({ campaign: ID, group: 1, phases: ['planned'] })).count).to.equal(10);
    await all.until(async () => (await campaign(all)).ended !== null);
    const first = (await all.tables.upgrades.find({ campaign: ID, group: 0 })).items;
    const rest = (await all.tables.upgrades.find({ campaign: ID, group: 1 })).items;
    const canariesEnded = Math.max(...first.map(({ ended }) => ended ?? 0));
    for (const upgrade of rest) expect(upgrade.ended).to.be.greaterThan(canariesEnded);
  });

  it('work on as many at once as they may, and each group as many as it may', async () => {
    await using all = await world();
    const engine = all.start({ stepTime: 1000, concurrency: 20 });
    const groups = [groupOf('narrow', 6, { concurrency: 2 }), groupOf('wide', 10)];
    await all.addCampaign(16, { groups, concurrency: 4 });
    await all.record.advanceCampaign(ID, start);
    let [inFirst, inSecond] = [0, 0];
    await all.until(async () => {
      const isFirst = (await all.tables.upgrades.find({ campaign: ID, group: 1, phases: ['planned'] })).count === 10;
      if (isFirst) inFirst = Math.max(inFirst, engine.working);
      else inSecond = Math.max(inSecond, engine.working);
      return (await campaign(all)).ended !== null;
    });
    expect([inFirst, inSecond]).to.deep.equal([2, 4]);
  });

  it('go on where a group has few places and the engine many', async () => {
    await using all = await world();
    const engine = all.start({ stepTime: 1000, concurrency: 50 });
    await all.addCampaign(6, { groups: [groupOf('narrow', 6, { concurrency: 2 })] });
    await all.record.advanceCampaign(ID, start);
    let most = 0;
    await all.until(async () => {
      most = Math.max(most, engine.working);
      return (await campaign(all)).ended !== null;
    }, 600);
    expect(most).to.equal(2);
    expect(await count(all, 'succeeded')).to.equal(6);
  });

  it('pause by themselves when a group has too many errors, and begin nothing more', async () => {
    await using all = await world();
    all.start();
    for (const i of [1, 2]) all.devices.set(uuid(i, '3'), simulatedDevice({ faults: ['flash'] }));
    const groups = [groupOf('canary', 4, { error: { count: 1 } }), groupOf('rest', 8)];
    await all.addCampaign(12, { groups });
    await all.record.advanceCampaign(ID, start);
    await all.until(async () => (await campaign(all)).phase === 'paused', 60);
    expect((await campaign(all)).reason).to.equal("2 of 4 upgrades of the group 'canary' went wrong");
    await all.rest();
    expect(await count(all, 'planned')).to.equal(8);
    await all.record.advanceCampaign(ID, { type: 'resume' });
    await all.until(async () => (await campaign(all)).ended !== null, 60);
    expect((await campaign(all)).outcome).to.equal('failed');
    expect(await count(all, 'succeeded')).to.equal(10);
  });

  it('11.52, 11.53: upgrade devices with older, with none, and with firmware that was not installed; then nobody is left', async () => {
    await using all = await world();
    all.start();
    const { catalogue, fleet, record } = all;
    const entry = { created: START, modified: START };
    const older = { ...entry, category: uuid(1, '7'), version: '1.0', os: null, changelog: '' };
    await catalogue.builds.put({ ...older, id: uuid(2, '6') });
    const file = { fileName: 'old.bin', size: 1000, sha256: 'cd'.repeat(32), content: 'd', signature: null };
    await catalogue.images.put({ ...entry, ...file, id: uuid(2, '5'), build: uuid(2, '6'), type: 'x' });
    const has = (number: number, image: string, installed: boolean) =>
      catalogue.firmware.put({ ...entry, id: uuid(number, '4'), device: uuid(number, '3'), image, installed });
    await has(1, uuid(2, '5'), true);
    await has(2, IMAGE, false);
    await has(4, IMAGE, true);
    for (const number of [1, 2, 3, 4]) {
      fleet.get(uuid(number, '3'));
      all.devices.set(uuid(number, '3'), simulatedDevice());
    }
    let made = 0;
    const desk = createCampaignDesk({
      record,
      catalogue,
      fleet,
      hardware: [{ key: 'x', label: 'Model X', boards: ['X'] }],
      drivers: [{ name: 'simulated', options: null }],
      now: () => all.timer.now(),
      newID: () => (made++ === 0 ? ID : uuid(made - 1)),
    });
    const order = { build: uuid(1, '6'), firmwareless: true };
    const planned = async () => (await desk.plan(order)).plan.upgrades.map(({ device }) => device.id);
    expect(await planned()).to.have.members([1, 2, 3].map((number) => uuid(number, '3')));
    expect((await record.tables.campaigns.find({})).count).to.equal(0);
    await desk.create(order, { by: 'user:ada' });
    await record.advanceCampaign(ID, start);
    await all.until(async () => (await campaign(all)).ended !== null, 60);
    expect((await campaign(all)).outcome).to.equal('success');
    expect(await count(all, 'succeeded')).to.equal(3);
    expect(await planned()).to.deep.equal([]);
  });

  it('11.54: one failure makes a campaign failed, one that is tried again keeps it going', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['upload', 'flash'] }));
    await all.addCampaign(3);
    await all.record.advanceCampaign(ID, start);
    await all.rest();
    expect((await campaign(all)).phase).to.equal('running');
    await all.until(async () => (await campaign(all)).ended !== null);
    expect((await campaign(all)).outcome).to.equal('failed');
  });

  it('paused by a person, let what is being flashed finish, and go on where they were', async () => {
    await using all = await world();
    all.start({ stepTime: 1000, concurrency: 2 });
    await all.addCampaign(8);
    await all.record.advanceCampaign(ID, start);
    await all.until(async () => (await count(all, 'uploading')) === 2, 60);
    await all.record.advanceCampaign(ID, { type: 'pause', reason: 'lunch' });
    for (let i = 0; i < 60; i++) {
      all.timer.pass(1000);
      await all.rest();
    }
    expect(await count(all, 'succeeded')).to.equal(2);
    expect(await count(all, 'paused', 'planned')).to.equal(6);
    await all.record.advanceCampaign(ID, { type: 'resume' });
    await all.until(async () => (await campaign(all)).outcome === 'success');
  });

  it('are cancelled with all their upgrades but those that are being flashed', async () => {
    await using all = await world();
    all.start({ stepTime: 1000, concurrency: 2 });
    await all.addCampaign(8);
    await all.record.advanceCampaign(ID, start);
    await all.until(async () => (await count(all, 'rebooting', 'flashing')) > 0, 60);
    const flashed = await count(all, 'rebooting', 'flashing');
    await all.record.advanceCampaign(ID, { type: 'cancel' });
    await all.until(async () => (await campaign(all)).ended !== null, 60);
    expect(await count(all, 'cancelled')).to.equal(8 - flashed);
    expect(await count(all, 'succeeded')).to.equal(flashed);
    expect((await campaign(all)).outcome).to.equal('cancelled');
  });

  it('cancelled before they began, cancel what was planned', async () => {
    await using all = await world();
    all.start();
    await all.addCampaign(1500);
    await all.record.advanceCampaign(ID, { type: 'cancel' });
    await all.until(async () => (await count(all, 'cancelled')) === 1500, 5);
  });

  it('are told what they were not told when the engine was killed', async () => {
    await using all = await world();
    await all.addCampaign(8);
    await all.record.advanceCampaign(ID, { type: 'cancel' });
    expect(await count(all, 'planned')).to.equal(8);
    all.start();
    await all.rest();
    expect(await count(all, 'cancelled')).to.equal(8);
  });

  describe('with a schedule', () => {
    const schedule = (startAt: string | null, windows = [{ days: [], from: '22:00', to: '23:00' }]) => ({
      timeZone: 'Europe/Berlin',
      startAt,
      windows,
    });

    it('begin at their time, by the clock of their time zone, also after a restart', async () => {
      await using all = await world();
      const first = all.start();
      await all.addCampaign(2, { phase: 'scheduled', schedule: schedule('2026-07-01T12:00:00', []) });
      await all.rest();
      await first[Symbol.asyncDispose]();
      all.start();
      await all.until(async () => (await campaign(all)).phase !== 'scheduled', 20_000);
      expect((await campaign(all)).started).to.be.within(Date.UTC(2026, 6, 1, 10), Date.UTC(2026, 6, 1, 10, 0, 1));
      await all.until(async () => (await campaign(all)).outcome === 'success');
    });

    it('follow a new time', async () => {
      await using all = await world();
      all.start();
      await all.addCampaign(2, { phase: 'scheduled', schedule: schedule('2026-07-01T12:00:00', []) });
      await all.rest();
      await all.record.advanceCampaign(ID, { type: 'schedule', schedule: schedule('2026-07-01T11:00:00', []) });
      await all.until(async () => (await campaign(all)).phase !== 'scheduled', 4000);
      expect((await campaign(all)).started).to.be.lessThan(START + 3_602_000);
    });

    it('are invalid at their time if their build is gone', async () => {
      await using all = await world();
      all.start();
      await all.addCampaign(2, { phase: 'scheduled', schedule: schedule('2026-07-01T12:00:00', []) });
      await all.catalogue.builds.remove(uuid(1, '6'));
      await all.until(async () => (await campaign(all)).ended !== null, 8000);
      expect(await campaign(all)).to.include({ phase: 'invalid', outcome: 'failed', reason: 'The build was deleted' });
      await all.rest();
      expect(await count(all, 'cancelled')).to.equal(2);
    });

    it('flash nothing outside of their windows, and all that is prepared inside', async () => {
      await using all = await world();
      all.start();
      await all.addCampaign(3, { schedule: schedule(null) });
      await all.record.advanceCampaign(ID, start);
      await all.rest();
      expect(await count(all, 'waiting-window')).to.equal(3);
      const opens = Date.UTC(2026, 6, 1, 20);
      expect((await all.upgrade(uuid(1))).wakeAt).to.equal(opens);
      for (const device of all.devices.values()) expect(device.flashes).to.equal(0);
      all.timer.pass(opens - all.timer.now() - 1000);
      await all.rest();
      expect(await count(all, 'waiting-window')).to.equal(3);
      await all.until(async () => (await campaign(all)).outcome === 'success', 60);
      for (const { ended } of (await all.tables.upgrades.find({ campaign: ID })).items) {
        expect(ended).to.be.at.least(opens);
      }
    });

    it('wait for a window that is days away without trying again before it', async () => {
      await using all = await world();
      all.start();
      // The first of July 2026 is a Wednesday.
      const windows = [{ days: ['tuesday'] as const, from: '22:00', to: '23:00' }];
      await all.addCampaign(1, { schedule: { ...schedule(null), windows } });
      await all.record.advanceCampaign(ID, start);
      await all.rest();
      const opens = Date.UTC(2026, 6, 7, 20);
      while (all.timer.now() < opens - 60_000) {
        expect(await all.upgrade(uuid(1))).to.include({ phase: 'waiting-window', attempt: 1 });
        expect((await all.upgrade(uuid(1))).wakeAt).to.be.within(all.timer.now(), all.timer.now() + 86_400_000);
        all.timer.pass(Math.min(21_600_000, opens - 60_000 - all.timer.now()));
        await all.rest();
      }
      await all.until(async () => (await campaign(all)).outcome === 'success', 180);
      const { ended, attempt } = await all.upgrade(uuid(1));
      expect([ended !== null && ended >= opens && ended < opens + 120_000, attempt]).to.deep.equal([true, 2]);
    });

    for (const isStarted of [true, false]) {
      it(`do not sleep past their window after the clock was set back${isStarted ? '' : ', while nobody looked'}`, async () => {
        await using all = await world();
        const engine = all.start();
        // By a clock that is ten days ahead, and an hour: the window is over, and the next one is on another day.
        all.timer.set(10 * 86_400_000 + 14 * 3_600_000);
        await all.addCampaign(2, { schedule: schedule(null), created: all.timer.now() });
        await all.record.advanceCampaign(ID, start);
        await all.rest();
        expect(await count(all, 'waiting-window')).to.equal(2);
        await all.record.advance(uuid(2), { type: 'pause' });
        if (!isStarted) await engine[Symbol.asyncDispose]();
        all.timer.set(-10 * 86_400_000 - 14 * 3_600_000);
        if (!isStarted) all.start();
        const opens = Date.UTC(2026, 6, 1, 20);
        all.timer.pass(120_000);
        await all.rest();
        expect(await all.upgrade(uuid(1))).to.include({ phase: 'waiting-window', wakeAt: opens, attempt: 1 });
        const { seq } = await all.upgrade(uuid(1));
        all.timer.pass(3_600_000);
        await all.rest();
        expect((await all.upgrade(uuid(1))).seq, 'once is enough').to.equal(seq);
        all.timer.pass(opens - all.timer.now());
        await all.until(async () => (await campaign(all)).outcome === 'success', 600);
        for (const { ended } of (await all.tables.upgrades.find({ campaign: ID })).items) {
          expect(ended).to.be.within(opens, opens + 600_000);
        }
      });
    }

    it('wait for the next window if nobody was there in the one before', async () => {
      await using all = await world();
      const engine = all.start();
      await all.addCampaign(1, { schedule: schedule(null) });
      await all.record.advanceCampaign(ID, start);
      await all.rest();
      await engine[Symbol.asyncDispose]();
      all.timer.pass(Date.UTC(2026, 6, 2, 0) - all.timer.now());
      all.start();
      await all.rest();
      const opens = Date.UTC(2026, 6, 2, 20);
      expect(await all.upgrade(uuid(1))).to.include({ phase: 'waiting-window', wakeAt: opens, attempt: 1 });
      all.timer.pass(opens - all.timer.now());
      await all.until(async () => (await campaign(all)).outcome === 'success', 600);
    });
  });
});
