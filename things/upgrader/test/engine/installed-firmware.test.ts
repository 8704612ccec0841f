import { expect } from 'chai';
import { type DeviceFirmware, simulatedDevice } from '../../src/index.js';
import { START, uuid } from '../fixture.js';
import { IMAGE, type World, world } from './engine-world.js';

const OTHER = uuid(2, '5');
const DEVICE = uuid(1, '3');

/** Has a device have, or wish for, another image than that of its upgrade. */
async function give({ catalogue }: World, more: Partial<DeviceFirmware>): Promise<void> {
  const entry = { created: START, modified: START };
  const build = { category: uuid(1, '7'), version: '1.0', os: null, changelog: '' };
  await catalogue.builds.put({ ...entry, ...build, id: uuid(2, '6') });
  const file = { fileName: 'old.bin', size: 1000, sha256: 'cd'.repeat(32), content: 'd', signature: null };
  await catalogue.images.put({ ...entry, ...file, id: OTHER, build: uuid(2, '6'), type: 'x' });
  await catalogue.firmware.put({ ...entry, id: uuid(1, '4'), device: DEVICE, image: OTHER, installed: true, ...more });
}

const firmware = async ({ catalogue }: World): Promise<Pick<DeviceFirmware, 'image' | 'installed'> | undefined> => {
  const { items } = await catalogue.firmware.find({ where: { device: DEVICE } });
  return items[0] && { image: items[0].image, installed: items[0].installed };
};

describe('what a device has after an upgrade', () => {
  it('is the image of that, and not the one of before', async () => {
    await using all = await world();
    await give(all, {});
    all.start();
    all.timer.pass(1000);
    await all.add(1);
    await all.rest();
    expect(await firmware(all)).to.deep.equal({ image: IMAGE, installed: true });
  });

  it('is also where a wish of before was never fulfilled', async () => {
    await using all = await world();
    await give(all, { installed: false });
    all.start();
    all.timer.pass(1000);
    await all.add(1);
    await all.rest();
    expect(await firmware(all)).to.deep.equal({ image: IMAGE, installed: true });
  });

  it('is not noted where the device was given another image meanwhile', async () => {
    await using all = await world();
    all.start({ stepTime: 1000 });
    const { id } = await all.add(1);
    await all.rest();
    await give(all, { installed: false, modified: START + 500 });
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect((await all.upgrade(id)).phase).to.equal('succeeded');
    expect(await firmware(all)).to.deep.equal({ image: OTHER, installed: false });
  });

  it('is what it was, if it was not flashed', async () => {
    await using all = await world();
    await give(all, {});
    all.start();
    all.devices.set(DEVICE, simulatedDevice({ faults: ['identity'] }));
    await all.add(1);
    await all.rest();
    expect(await firmware(all)).to.deep.equal({ image: OTHER, installed: true });
  });
});
