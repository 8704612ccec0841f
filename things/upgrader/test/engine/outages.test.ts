import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { newUpgrade, simulatedDevice } from '../../src/index.js';
import { DEVICE, dialInWorld } from '../dial-in/dial-in-world.js';
import { campaignOf, groupOf, requestOf, START, uuid } from '../fixture.js';
import { IMAGE, world } from './engine-world.js';

describe('an engine whose database is away for a while', () => {
  it('goes on when it is back, and flashes each device once', async () => {
    await using all = await world();
    all.start({ stepTime: 1000 });
    const { id, device } = await all.add(1);
    const { replace, due } = all.tables.upgrades;
    let isAway = false;
    const unavailable = () => Promise.reject(new ThingError('unavailable', 'The database is away'));
    all.tables.upgrades.replace = (asked) => (isAway ? unavailable() : replace(asked));
    all.tables.upgrades.due = (moment, limit) => (isAway ? unavailable() : due(moment, limit));
    let second = 0;
    await all.until(async () => {
      isAway = second++ % 5 > 1;
      return (await all.upgrade(id)).ended !== null;
    });
    expect((await all.upgrade(id)).phase).to.equal('succeeded');
    expect(all.devices.get(device)?.flashes).to.equal(1);
  });

  it('flashes nothing that it could not keep the intent of, and reports it', async () => {
    await using all = await world();
    all.start();
    const { replace } = all.tables.upgrades;
    all.tables.upgrades.replace = async (asked) => {
      const position = await replace(asked);
      // It is kept, and the answer is lost: nobody can know.
      if (asked.upgrade.phase === 'flashing') throw new ThingError('unavailable', 'The connection broke');
      return position;
    };
    const { id, device } = await all.add(1);
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect((await all.upgrade(id)).phase).to.be.oneOf(['failed', 'rolled-back']);
    expect(all.devices.get(device)?.flashes).to.equal(0);
  });
});

describe('a campaign that cannot be had for a moment', () => {
  it('keeps those from nothing that are looked at after it', async () => {
    await using all = await world();
    const engine = all.start();
    await engine.recovered;
    await all.rest();
    const { get } = all.tables.campaigns;
    let refused = 0;
    all.tables.campaigns.get = (id) =>
      id === uuid(1, '2') && refused++ < 2 ? Promise.reject(new ThingError('unavailable', 'not now')) : get(id);
    const second = campaignOf(2, { phase: 'running', groups: [groupOf('all', 1, { state: 'running' })] });
    const planned = newUpgrade(requestOf(50, { campaign: second.id, persistent: true }), IMAGE, 'planned');
    all.devices.set(planned.device, simulatedDevice());
    // Both are looked at in the same turn, and of the second one nothing is heard again until somebody begins.
    await Promise.all([all.addCampaign(1), all.record.addCampaign(second, [planned], [])]);
    await all.until(async () => (await all.upgrade(planned.id)).phase === 'succeeded', 600);
    expect(refused).to.be.at.least(1);
  });
});

describe('an engine with devices that dial in', () => {
  it('upgrades one of them over its real connection, and knows what it runs then', async () => {
    await using dialled = await dialInWorld();
    await using all = await world();
    const { image } = dialled;
    const row = await all.catalogue.images.get(IMAGE);
    if (!row) throw new Error('There is no image');
    await all.catalogue.images.put({ ...row, sha256: image.sha256, size: image.size });
    all.fleet.devices.set(DEVICE, { ...fleetDevice(all.fleet.get(DEVICE)), driver: 'dial-in' });
    all.start({
      drivers: [dialled.devices.driver],
      contents: { read: (_content, { start = 0, end = image.size } = {}) => image.read({ start, end }) },
    });
    const ended = new Promise<void>((resolve) => {
      all.record.upgrades.subscribe(({ upgrade }) => upgrade.ended !== null && resolve());
    });
    const { id } = await all.add(1, { device: DEVICE, sha256: image.sha256, version: '2.0' });
    await ended;
    const upgrade = await all.upgrade(id);
    expect(upgrade).to.include({ id: uuid(1), phase: 'succeeded', progress: 100 });
    expect(upgrade.verified).to.include({ version: '2.0', bootID: 'boot-2' });
    expect(upgrade.created).to.equal(START);
    expect(await all.log(id)).to.include.members(['Upgrade completed successfully.']);
  });
});

function fleetDevice<T>(device: T | undefined): T {
  if (device === undefined) throw new Error('There is no device');
  return device;
}
