import { expect } from 'chai';
import {
  createUpgradeRecord,
  isEnded,
  type SimulatedFault,
  simulatedDevice,
  type Upgrade,
  type UpgradeTables,
} from '../../src/index.js';
import { uuid } from '../fixture.js';
import { type World, world } from './engine-world.js';

/** A promise that never settles: whoever waits for it is dead. */
const dead = <T>(): Promise<T> => new Promise(() => {});

/**
 * Tables of a process that is killed: with its commit of that number, before it is kept or after. Nothing that it asks is answered
 * from then on. `commits` is how many there were.
 */
function killedTables(tables: UpgradeTables, kill: { readonly at: number; readonly isKept: boolean }) {
  const state = { commits: 0 };
  const isDead = () => state.commits >= kill.at;
  const commit = <A extends readonly unknown[], T>(write: (...asked: A) => Promise<T>) => {
    return async (...asked: A): Promise<T> => {
      if (isDead()) return dead();
      state.commits++;
      if (!isDead()) return write(...asked);
      if (kill.isKept) await write(...asked);
      return dead();
    };
  };
  const read = <A extends readonly unknown[], T>(ask: (...asked: A) => Promise<T>) => {
    return async (...asked: A): Promise<T> => (isDead() ? dead() : ask(...asked));
  };
  const { upgrades, campaigns } = tables;
  const killed: UpgradeTables = {
    upgrades: {
      ...upgrades,
      replace: commit(upgrades.replace),
      renew: commit(upgrades.renew),
      get: read(upgrades.get),
      due: read(upgrades.due),
      find: read(upgrades.find),
    },
    campaigns: { ...campaigns, replace: commit(campaigns.replace), get: read(campaigns.get) },
  };
  return { killed, state };
}

interface Life {
  readonly at: number;
  readonly isKept: boolean;
}

/** Works with a process that is killed at that commit, then with one that lives; gives how many commits the first had made. */
async function killAt(all: World, life: Life, isDone: () => Promise<boolean>): Promise<number> {
  const { killed, state } = killedTables(all.tables, life);
  const record = createUpgradeRecord(killed, { now: () => all.timer.now(), random: () => 0.5 });
  all.start({ record, stepTime: 1000, holder: 'killed' });
  await all.until(async () => state.commits >= life.at || (await isDone()));
  all.start({ stepTime: 1000, holder: 'next' });
  await all.until(isDone);
  return state.commits;
}

/** The device was flashed once and runs what it should, or somebody is told that it may not. */
function expectHonest(upgrade: Upgrade, all: World): void {
  const device = all.devices.get(upgrade.device);
  expect(isEnded(upgrade)).to.equal(true);
  expect(upgrade.lease).to.equal(null);
  expect(device?.flashes).to.be.lessThan(2);
  if (upgrade.phase === 'succeeded' || upgrade.phase === 'not-needed') expect(device?.version).to.equal('2.0');
  else expect(upgrade.phase).to.be.oneOf(['failed', 'rolled-back']);
}

const STORIES: readonly { readonly name: string; readonly faults: readonly SimulatedFault[] }[] = [
  { name: 'all goes well', faults: [] },
  { name: 'the upload breaks off, and is tried again', faults: ['upload'] },
  { name: 'the device goes back to what it had', faults: ['rollback'] },
];

describe('a process that is killed', () => {
  for (const { name, faults } of STORIES) {
    it(`between any two commits of an upgrade where ${name}: flashed once, or reported`, async () => {
      let isTried = true;
      for (let at = 1; isTried; at++) {
        for (const isKept of [false, true]) {
          await using all = await world();
          all.devices.set(uuid(1, '3'), simulatedDevice({ faults: [...faults] }));
          const { id } = await all.add(1);
          const commits = await killAt(all, { at, isKept }, async () => isEnded(await all.upgrade(id)));
          expectHonest(await all.upgrade(id), all);
          isTried = commits >= at;
        }
      }
    });
  }

  it('is not waited for by its device once it has flashed: the next one finds out what came of it', async () => {
    await using all = await world();
    const { id, device } = await all.add(1);
    const { killed, state } = killedTables(all.tables, { at: Number.POSITIVE_INFINITY, isKept: true });
    const record = createUpgradeRecord(killed, { now: () => all.timer.now() });
    const engine = all.start({ record, stepTime: 1000 });
    await all.until(async () => all.devices.get(device)?.flashes === 1);
    expect(state.commits).to.be.greaterThan(4);
    // What it says from now on is not heard.
    killed.upgrades.replace = dead;
    killed.upgrades.renew = dead;
    all.start({ stepTime: 1000 });
    await all.until(async () => isEnded(await all.upgrade(id)));
    expect(await all.upgrade(id)).to.include({ phase: 'succeeded', attempt: 1 });
    expect(all.devices.get(device)?.flashes).to.equal(1);
    expect(engine.working).to.equal(1);
  });

  it('leaves nothing to be waited for to the next one of its name: that takes over at once', async () => {
    await using all = await world();
    const flashed = await all.add(1);
    const { killed } = killedTables(all.tables, { at: Number.POSITIVE_INFINITY, isKept: true });
    const record = createUpgradeRecord(killed, { now: () => all.timer.now() });
    all.start({ record, stepTime: 1000, holder: 'gateway' });
    await all.until(async () => all.devices.get(flashed.device)?.flashes === 1);
    killed.upgrades.replace = dead;
    killed.upgrades.renew = dead;
    const killedAt = all.timer.now();
    all.start({ stepTime: 1000, holder: 'gateway' });
    await all.until(async () => isEnded(await all.upgrade(flashed.id)));
    expect(await all.upgrade(flashed.id)).to.include({ phase: 'succeeded', attempt: 1 });
    expect(all.timer.now() - killedAt).to.be.lessThan(10_000);
  });

  it('that had accepted a cancel: it is finished by the next one', async () => {
    await using all = await world();
    const { id, device } = await all.add(1);
    const { killed } = killedTables(all.tables, { at: 2, isKept: true });
    const record = createUpgradeRecord(killed, { now: () => all.timer.now() });
    all.start({ record, stepTime: 1000 });
    await all.until(async () => (await all.upgrade(id)).phase === 'identifying');
    await all.record.advance(id, { type: 'cancel', by: 'user:bob' });
    all.start({ stepTime: 1000 });
    await all.until(async () => isEnded(await all.upgrade(id)));
    expect((await all.upgrade(id)).phase).to.equal('cancelled');
    expect(all.devices.get(device)?.flashes).to.equal(0);
  });

  it('fifty times at random in a campaign: each device flashed once, or reported, and the campaign ends', async () => {
    await using all = await world();
    const size = 40;
    const campaign = await all.addCampaign(size);
    await all.record.advanceCampaign(campaign.id, { type: 'start' });
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const isDone = async () => (await all.tables.campaigns.get(campaign.id))?.ended !== null;
    for (let kill = 0; kill < 50; kill++) {
      const life = { at: 1 + Math.floor(random() * 24), isKept: random() < 0.5 };
      const { killed, state } = killedTables(all.tables, life);
      const record = createUpgradeRecord(killed, { now: () => all.timer.now(), random });
      all.start({ record, stepTime: 500, concurrency: 8, holder: `life ${kill}` });
      await all.until(async () => state.commits >= life.at || (await isDone()));
    }
    all.start({ stepTime: 500, concurrency: 8 });
    await all.until(isDone);
    const { items } = await all.tables.upgrades.find({ campaign: campaign.id, limit: 1000 });
    expect(items).to.have.length(size);
    for (const upgrade of items) expectHonest(upgrade, all);
    const ended = await all.tables.campaigns.get(campaign.id);
    expect(ended?.phase).to.equal('ended');
    expect(items.filter(({ phase }) => phase === 'succeeded').length).to.be.greaterThan(0);
  }).timeout(20_000);
});
