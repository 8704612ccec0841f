import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { systemTimer, type Timer } from '@thingwright/device-link';
import { type SimulatedUpgradable, simulateUpgradable, type UpgradableFault } from '@thingwright/upgrader/simulator';
import { expect } from 'chai';
import { DEVICE, dialInWorld } from '../dial-in/dial-in-world.js';
import { testRun } from '../test-run.js';

async function simulated(fault?: UpgradableFault, { token = 'pump-token-1234567890', timer = systemTimer } = {}) {
  const world = await dialInWorld();
  await world.halt();
  const folder = await mkdtemp(join(tmpdir(), 'simulated-'));
  const start = (): Promise<SimulatedUpgradable> =>
    simulateUpgradable({
      url: world.url,
      name: 'pump',
      token,
      timer,
      folder,
      installTime: 1,
      bootTime: 1,
      ...(fault === undefined ? {} : { fault: () => fault }),
    });
  const device = await start();
  return {
    world,
    device,
    start,
    upgrade: async () => {
      await world.there(true);
      const run = testRun({ device: DEVICE, image: world.image });
      const result = world.devices.driver.upgrade(run);
      return { result, run };
    },
    async [Symbol.asyncDispose]() {
      await device[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('a simulated device that can be upgraded', () => {
  it('is upgraded over the real wire, and runs that version from then on, also when it is started again', async () => {
    await using one = await simulated();
    const { result } = await one.upgrade();
    expect((await result).result).to.equal('succeeded');
    expect(one.device).to.include({ version: '2.0', boots: 2 });
    await one.device[Symbol.asyncDispose]();
    expect(await one.device.ended).to.deep.equal({ cause: 'stopped' });
    await using again = await one.start();
    expect(again.version).to.equal('2.0');
  });

  it('cannot write the image, if it is told so', async () => {
    await using one = await simulated('install');
    const { result } = await one.upgrade();
    expect(await result).to.deep.equal({ result: 'failed', lines: ['The flash cannot be written'] });
    expect(one.device.version).to.equal('1.0');
  });

  it('comes back with what it had, if it is told so', async () => {
    await using one = await simulated('rollback');
    const { result } = await one.upgrade();
    expect((await result).result).to.equal('rolledBack');
    expect(one.device).to.include({ version: '1.0', boots: 2 });
  });

  it('does not come back, if it is told so', async () => {
    await using one = await simulated('lost');
    const { result, run } = await one.upgrade();
    expect(await one.device.ended).to.deep.equal({ cause: 'lost' });
    await one.world.there(false);
    run.stop();
    expect((await result).result).to.equal('unknown');
  });

  it('dials in no more when it is stopped while it boots', async () => {
    let dials = 0;
    const timer: Timer = {
      ...systemTimer,
      // Whoever dials watches the connection.
      every(milliseconds, task) {
        const stop = systemTimer.every(milliseconds, task);
        dials++;
        return () => {
          stop();
          dials--;
        };
      },
    };
    await using one = await simulated(undefined, { timer });
    const { result, run } = await one.upgrade();
    while (one.device.boots < 2) await setImmediate();
    expect(dials, 'it has not dialled again').to.equal(0);
    await one.device[Symbol.asyncDispose]();
    for (let turns = 0; turns < 100; turns++) await setImmediate();
    expect(dials).to.equal(0);
    run.stop();
    await result;
  });

  it('ends when the server refuses it', async () => {
    await using one = await simulated(undefined, { token: 'wrong' });
    expect(await one.device.ended).to.have.property('cause', 'refused');
  });
});
