import { type Log, silent, ThingError } from '@thingwright/core';
import type { Store } from '@thingwright/store';
import { newUpgrade, simulatedDevice, type Upgrade } from '@thingwright/upgrader';
import { expect } from 'chai';
import fc from 'fast-check';
import { toCampaignRow, toNewRow, toReplacement } from '../../packages/gateway/src/upgrader/kept-upgrades.js';
import { upgradeTablesIn } from '../../packages/gateway/src/upgrader/upgrade-tables.js';
import { openAt } from '../../packages/store/test/fixture/premises.js';
import { upgradePages } from '../../things/upgrader/src/upgrade-pages.js';
import { IMAGE, type World, world } from '../../things/upgrader/test/engine/engine-world.js';
import { requestOf, START, upgradeOf, uuid } from '../../things/upgrader/test/fixture.js';

/** A store whose rows others write too, the tables over it, and what its log was told. */
async function lab() {
  const opened = await openAt({}, { log: silent });
  const { store, backends } = opened;
  const told: unknown[][] = [];
  const log: Log = { ...silent, error: (...entry: unknown[]) => void told.push(entry) };
  const tables = upgradeTablesIn(store, log);
  return { store, backends, tables, told, log, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

/** Has a row keep another text, as a release that is not known here would. */
async function spoil({ upgrades }: Store, upgrade: Upgrade, kept = '{"a":"release to come"}'): Promise<void> {
  const { lines: _, ...row } = toReplacement({ upgrade, lines: [], expected: upgrade.seq });
  expect(await upgrades.replace({ ...row, upgrade: { ...row.upgrade, kept }, lines: [] })).to.be.a('number');
}

const keptIn = async ({ upgrades }: Store, id: string): Promise<string | undefined> => (await upgrades.get(id))?.kept;

async function refusalOf(promise: Promise<unknown>): Promise<ThingError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ThingError) return error;
    throw error;
  }
  throw new Error('It was not refused');
}

const phaseOf = async (here: World, id: string): Promise<string> => (await here.upgrade(id)).phase;

describe('an upgrade in the store that cannot be read', () => {
  it('is told of once, with its id and why, and left as it is, while all others go on', async () => {
    await using made = await lab();
    const { store, tables, told, log } = made;
    await using here = await world(tables);
    const [first, bad, last] = [await here.add(1), await here.add(2, { campaign: null }), await here.add(3)];
    await spoil(store, bad);
    const engine = here.start({ log });
    await engine.recovered;
    await here.until(async () => (await phaseOf(here, first.id)) === 'succeeded');
    await here.until(async () => (await phaseOf(here, last.id)) === 'succeeded');
    here.fleet.changes.next(bad.device);
    here.fleet.changes.next(uuid(4, '3'));
    const later = await here.add(4);
    await here.until(async () => (await phaseOf(here, later.id)) === 'succeeded');
    expect(told).to.have.length(1);
    expect(Object(told[0])[0]).to.deep.include({ upgrade: bad.id, device: bad.device });
    expect(JSON.stringify(told[0])).to.contain('left alone').and.not.contain('release to come');
    expect(await keptIn(store, bad.id)).to.equal('{"a":"release to come"}');
    expect(here.devices.get(bad.device)).to.include({ flashes: 0 });
  });

  it('is missing in lists that go on, and said to be unreadable to whoever asks for it', async () => {
    await using made = await lab();
    const { store, tables } = made;
    const rows = [1, 2, 3, 4].map((i) => upgradeOf(i, { clientKey: `key ${i}`, campaign: uuid(1, '2') }));
    await tables.upgrades.add(rows.map((upgrade) => ({ upgrade, lines: [] })));
    const bad = rows[1] ?? upgradeOf(2);
    for (const [kept, why] of [
      ['{', 'no JSON'],
      ['null', 'must be'],
      [JSON.stringify({ ...bad, phase: 'unheard-of' }), '/phase'],
      [JSON.stringify({ ...bad, id: uuid(3) }), 'found by'],
      [JSON.stringify({ ...bad, device: uuid(3, '3') }), 'found by'],
      [JSON.stringify({ ...bad, seq: 7 }), 'found by'],
    ] as const) {
      await spoil(store, bad, kept);
      const { upgrades } = tables;
      const others = [uuid(1), uuid(3), uuid(4)];
      const found = await upgrades.find({ order: { by: 'place', isDescending: false } });
      expect(found.items.map(({ id }) => id)).to.deep.equal(others);
      expect(found.count).to.equal(4);
      expect((await upgrades.getAll(rows.map(({ id }) => id))).map(({ id }) => id)).to.have.members(others);
      expect((await upgrades.changes(0)).items.map(({ upgrade }) => upgrade.id)).to.have.members(others);
      expect((await upgrades.due(START, 2)).map(({ id }) => id)).to.deep.equal([uuid(1), uuid(3)]);
      expect(await upgrades.heldDevices()).to.include(bad.device);
      for (const ask of [upgrades.get(bad.id), upgrades.holding(bad.device), upgrades.requested('user:ada', 'key 2')]) {
        const { code, message } = await refusalOf(ask);
        expect(code).to.equal('conflict');
        expect(message).to.contain(bad.id).and.contain(why);
      }
    }
    await spoil(store, bad, JSON.stringify(bad));
    expect(await tables.upgrades.get(bad.id), 'once it is mended').to.deep.equal(bad);
  });

  it('keeps its device: no other upgrade takes it, and who asks for one is told why', async () => {
    await using made = await lab();
    const { store, tables } = made;
    await using here = await world(tables);
    const bad = await here.add(1);
    await spoil(store, bad);
    here.start();
    const { code, message } = await refusalOf(
      here.record.add(newUpgrade(requestOf(9, { device: bad.device }), IMAGE, 'queued')),
    );
    expect([code, message.includes(bad.id)]).to.deep.equal(['conflict', true]);
    expect((await tables.upgrades.find({ device: bad.device })).count).to.equal(1);
  });

  it('lets its device and its campaign go once somebody takes its row out of the database', async () => {
    await using made = await lab();
    const { store, backends, tables } = made;
    await using here = await world(tables);
    const campaign = await here.addCampaign(2);
    await here.record.advanceCampaign(campaign.id, { type: 'start' });
    const bad = await here.upgrade(uuid(1));
    await spoil(store, bad);
    const engine = here.start();
    await here.until(async () => (await phaseOf(here, uuid(2))) === 'succeeded');
    expect((await tables.campaigns.get(campaign.id))?.phase).to.equal('running');
    await engine[Symbol.asyncDispose]();
    await backends.writer.db.deleteFrom('upgrades').where('id', '=', bad.id).execute();

    await using again = await world(tables);
    again.start();
    await again.until(async () => (await tables.campaigns.get(campaign.id))?.outcome === 'success');
    const { id } = await again.record.add(newUpgrade(requestOf(9, { device: bad.device }), IMAGE, 'queued'));
    again.devices.set(bad.device, simulatedDevice());
    await again.until(async () => (await phaseOf(again, id)) === 'succeeded');
  });

  it('never keeps the engine busy when nothing else is due, nor hides what is due later', async () => {
    await using made = await lab();
    const { store, tables } = made;
    const rows = Array.from({ length: 130 }, (_, i) => upgradeOf(i + 1, { created: START + i }));
    await tables.upgrades.add(rows.map((upgrade) => ({ upgrade, lines: [] })));
    for (const row of rows) await spoil(store, row);
    expect(await tables.upgrades.due(START + 1000, 100)).to.deep.equal([]);
    expect(await tables.upgrades.nextDue()).to.equal(undefined);
    await tables.upgrades.add([{ upgrade: upgradeOf(500, { notBefore: START + 9000 }), lines: [] }]);
    expect(await tables.upgrades.nextDue()).to.equal(START + 9000);
    expect((await tables.upgrades.due(START + 9000, 1)).map(({ id }) => id)).to.deep.equal([uuid(500)]);
    expect((await tables.upgrades.changes(0, { limit: 1 })).items.map(({ upgrade }) => upgrade.id)).to.deep.equal([
      uuid(500),
    ]);
  });

  it('is never due, whichever and however many are, and hides none that is', async () => {
    const row = fc.record({ wakeAt: fc.nat(50), isSpoilt: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 30 }),
        fc.nat(60),
        fc.integer({ min: 1, max: 12 }),
        async (...all) => {
          const [rows, moment, limit] = all;
          await using made = await lab();
          const { store, tables } = made;
          const added = rows.map(({ wakeAt }, i): Upgrade => ({ ...upgradeOf(i), created: i, wakeAt }));
          await tables.upgrades.add(added.map((upgrade) => ({ upgrade, lines: [] })));
          for (const [i, upgrade] of added.entries()) if (rows[i]?.isSpoilt) await spoil(store, upgrade);
          const readable = added.filter((_, i) => !rows[i]?.isSpoilt);
          const inTime = readable.toSorted((a, b) => (a.wakeAt ?? 0) - (b.wakeAt ?? 0) || a.created - b.created);
          const due = inTime.filter(({ wakeAt }) => (wakeAt ?? 0) <= moment).slice(0, limit);
          expect((await tables.upgrades.due(moment, limit)).map(({ id }) => id)).to.deep.equal(due.map(({ id }) => id));
          expect(await tables.upgrades.nextDue()).to.equal(inTime[0]?.wakeAt ?? undefined);
          const seen: string[] = [];
          for (let position = 0, isMore = true; isMore; ) {
            const part = await tables.upgrades.changes(position, { limit });
            seen.push(...part.items.map(({ upgrade }) => upgrade.id));
            isMore = part.items.length === limit;
            position = part.position;
          }
          expect(seen).to.deep.equal(readable.map(({ id }) => id));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('neither ends the pages of those that come after it, nor its campaign', async () => {
    await using made = await lab();
    const { store, tables } = made;
    const campaign = uuid(1, '2');
    const rows = Array.from({ length: 1005 }, (_, i) => upgradeOf(i + 1, { campaign }));
    await tables.upgrades.add(rows.map((upgrade) => ({ upgrade, lines: [] })));
    for (const number of [3, 4]) await spoil(store, upgradeOf(number, { campaign }));
    const seen = new Set<string>();
    for await (const items of upgradePages(tables.upgrades, { campaign })) for (const { id } of items) seen.add(id);
    expect(seen.size).to.equal(1003);
    const { upgrade } = toNewRow({ upgrade: upgradeOf(5, { campaign }), lines: [] });
    const row = { ...upgrade, phase: 'unheard-of', seq: 2, kept: '{}' };
    await store.upgrades.replace({ upgrade: row, expected: 1, lines: [] });
    expect((await tables.upgrades.tally(campaign)).counts).to.have.deep.members([
      { group: 0, phase: 'queued', count: 1004 },
      { group: 0, phase: 'outcome-unknown', count: 1 },
    ]);
  });
});

describe('a campaign in the store that cannot be read', () => {
  it('has its upgrades wait, and no others', async () => {
    await using made = await lab();
    const { store, tables, log, told } = made;
    await using here = await world(tables);
    const campaign = await here.addCampaign(2);
    const good = await here.add(9);
    await here.record.advance(uuid(1), { type: 'release' });
    const row = toCampaignRow(campaign);
    expect(await store.campaigns.replace({ ...row, kept: '{"id":"x"}' }, 1)).to.equal(true);
    here.start({ log });
    await here.until(async () => (await phaseOf(here, good.id)) === 'succeeded');
    await here.until(() => here.timer.now() > START + 60_000);
    expect(await phaseOf(here, uuid(1))).to.equal('queued');
    expect(told, JSON.stringify(told)).to.have.length(1);
    expect((await refusalOf(tables.campaigns.get(campaign.id))).code).to.equal('conflict');

    expect(await store.campaigns.replace(row, 1)).to.equal(true);
    await here.record.advanceCampaign(campaign.id, { type: 'start' });
    await here.until(async () => (await phaseOf(here, uuid(2))) === 'succeeded');
  });

  for (const phase of ['queued', 'waiting-window'] as const) {
    it(`has those that are ${phase} looked at from time to time, not all the time`, async () => {
      await using made = await lab();
      const { store, tables } = made;
      await using here = await world(tables);
      const row = toCampaignRow(await here.addCampaign(1));
      expect(await store.campaigns.replace({ ...row, kept: '' }, 1)).to.equal(true);
      const upgrade: Upgrade = { ...upgradeOf(5, { campaign: row.id }), phase, wakeAt: START };
      await tables.upgrades.add([{ upgrade, lines: [] }]);
      const { due } = tables.upgrades;
      let looks = 0;
      tables.upgrades.due = (moment, limit) => {
        looks++;
        return due(moment, limit);
      };
      const engine = here.start();
      await engine.recovered;
      await here.until(() => here.timer.now() >= START + 60_000);
      expect(looks).to.be.within(5, 20);
      expect(await phaseOf(here, upgrade.id)).to.equal(phase);
    });
  }
});
