import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { type Driver, simulatedDevice, simulatedDriver, stageOf } from '../../src/index.js';
import { START, uuid } from '../fixture.js';
import { IMAGE, world } from './engine-world.js';

describe('the engine of upgrades', () => {
  it('upgrades a device, and files what it has', async () => {
    await using all = await world();
    all.start();
    const { id, device } = await all.add(1);
    await all.rest();
    const upgrade = await all.upgrade(id);
    expect(upgrade).to.include({ phase: 'succeeded', progress: 100, attempt: 1, lease: null });
    expect(upgrade.verified).to.deep.equal({ version: '2.0', bootID: 'boot-2', at: START });
    expect(all.devices.get(device)).to.include({ version: '2.0', flashes: 1 });
    const { items } = await all.catalogue.firmware.find({ where: { device } });
    expect(items).to.have.length(1);
    expect(items[0]).to.include({ image: IMAGE, installed: true });
  });

  it('11.24: a device that has that firmware already is not flashed, and that is a success', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ sha256: 'ab'.repeat(32) }));
    const { id, device } = await all.add(1);
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'not-needed', progress: 100 });
    expect(all.devices.get(device)?.flashes).to.equal(0);
    expect((await all.log(id)).at(-1)).to.contain('upgrade not needed');
    expect((await all.catalogue.firmware.find({ where: { device } })).items[0]?.installed).to.equal(true);
  });

  it('11.21: what a device must not have is aborted, and is not filed as installed', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['identity'] }));
    const { id, device } = await all.add(1);
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'precondition-failed' });
    expect((await all.catalogue.firmware.find({ where: { device } })).count).to.equal(0);
  });

  it('11.27: a device that cannot be reached is tried five times, then its upgrade has failed', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ isReachable: false }));
    const { id } = await all.add(1);
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect(await all.upgrade(id)).to.include({ phase: 'failed', attempt: 5 });
    const log = await all.log(id);
    expect(log.at(-1)).to.equal('Max retries exceeded. Upgrade failed: Connection failed.');
    expect(log).to.have.length(5);
    expect(log[0]).to.match(/^Detected a recoverable failure: Connection failed\.\n\nThe upgrade operation will be/);
  });

  it('11.29: an upload that breaks off is tried again', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['upload'] }));
    const { id } = await all.add(1);
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'waiting-retry', progress: 21 });
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect(await all.upgrade(id)).to.include({ phase: 'succeeded', attempt: 2 });
  });

  it('11.29: an upload that breaks off every time has failed in the end', async () => {
    await using all = await world();
    all.start();
    const faults = Array.from({ length: 5 }, () => 'upload' as const);
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults }));
    const { id } = await all.add(1);
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect(await all.upgrade(id)).to.include({ phase: 'failed', attempt: 5 });
    expect((await all.log(id)).at(-1)).to.equal('Max retries exceeded. Upgrade failed: the upload broke off.');
  });

  it('11.32: a device that refuses to be flashed has failed, and nothing is filed', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['flash'] }));
    const { id, device } = await all.add(1);
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'failed', progress: 65 });
    expect((await all.catalogue.firmware.find({ where: { device } })).count).to.equal(0);
  });

  it('11.26: a device that does not come back is looked for, then its upgrade has failed and its image counts as installed', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['lost'] }));
    const { id, device } = await all.add(1);
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'outcome-unknown', lease: null });
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect((await all.upgrade(id)).phase).to.equal('failed');
    expect((await all.log(id)).at(-1)).to.equal('Giving up, device not reachable anymore after upgrade');
    expect(all.devices.get(device)?.flashes).to.equal(1);
    expect((await all.catalogue.firmware.find({ where: { device } })).items[0]?.installed).to.equal(true);
  });

  it('finds out what came of a device that comes back late', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['lost'] }));
    const { id, device } = await all.add(1);
    await all.rest();
    const state = all.devices.get(device);
    if (state) state.isReachable = true;
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect(await all.upgrade(id)).to.include({ phase: 'succeeded', attempt: 1 });
    expect(state?.flashes).to.equal(1);
  });

  it('looks what came of a device as soon as that is back', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['lost'] }));
    const { id, device } = await all.add(1);
    await all.until(async () => (await all.upgrade(id)).phase === 'outcome-unknown');
    expect((await all.upgrade(id)).wakeAt).to.be.greaterThan(all.timer.now() + 1000);
    all.fleet.changes.next(device);
    await all.rest();
    expect((await all.upgrade(id)).phase).to.equal('outcome-unknown');
    const state = all.devices.get(device);
    if (state) state.isReachable = true;
    all.fleet.changes.next(device);
    await all.rest();
    expect((await all.upgrade(id)).phase).to.equal('succeeded');
  });

  it('tells a device that went back to what it had from one that was upgraded', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['rollback'] }));
    const { id } = await all.add(1);
    await all.rest();
    expect((await all.upgrade(id)).phase).to.equal('rolled-back');
    expect((await all.upgrade(id)).verified?.version).to.equal('1.0');
  });

  it('tries again what a driver threw before the flash', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['throw'] }));
    const { id } = await all.add(1);
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect((await all.log(id))[0]).to.contain('the device is upside down');
    expect(await all.upgrade(id)).to.include({ phase: 'succeeded', attempt: 2 });
  });

  it('11.48: a device that was deactivated is never connected to', async () => {
    await using all = await world();
    const { id, device } = await all.add(1);
    all.fleet.devices.set(device, { ...known(all.fleet.get(device)), isActive: false });
    all.start();
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'precondition-failed', attempt: 0 });
    expect(await all.log(id)).to.deep.equal(['Upgrade aborted because the device has been deactivated.']);
  });

  it('ends what nobody can do: no such device, no driver, no image', async () => {
    await using all = await world();
    const [gone, odd, blank] = [await all.add(1), await all.add(2), await all.add(3)];
    const { get } = all.fleet;
    all.fleet.get = (id) => (id === gone.device ? undefined : get(id));
    all.fleet.devices.set(odd.device, { ...known(get(odd.device)), driver: null });
    await all.catalogue.images.remove(IMAGE);
    all.start();
    await all.rest();
    for (const { id } of [gone, odd, blank]) expect((await all.upgrade(id)).phase).to.equal('precondition-failed');
    expect(await all.log(odd.id)).to.deep.equal(['No device connection available']);
  });

  it('11.61: an upgrade that is gone while its driver works on it hinders no other', async () => {
    await using all = await world();
    const engine = all.start({ stepTime: 1000, concurrency: 1 });
    const { id } = await all.add(1);
    await all.rest();
    const { get, replace } = all.tables.upgrades;
    all.tables.upgrades.get = async (asked) => (asked === id ? undefined : get(asked));
    all.tables.upgrades.replace = async (asked) => (asked.upgrade.id === id ? undefined : replace(asked));
    const other = await all.add(2);
    await all.until(async () => (await all.upgrade(other.id)).phase === 'succeeded', 60);
    expect(engine.working).to.equal(0);
    expect(all.devices.get(uuid(1, '3'))?.flashes).to.equal(0);
  });

  it('waits for a device that is away if the upgrade is persistent, and goes on when it comes', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ isReachable: false }));
    const { id, device } = await all.add(1, { persistent: true });
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'waiting-device', attempt: 0, wakeAt: null });
    await all.until(() => true);
    all.devices.set(device, simulatedDevice());
    all.fleet.changes.next(device);
    await all.rest();
    expect(await all.upgrade(id)).to.include({ phase: 'succeeded', attempt: 1 });
  });

  it('does not wait for a device that was removed, or deactivated', async () => {
    await using all = await world();
    all.start();
    for (const i of [1, 2]) all.devices.set(uuid(i, '3'), simulatedDevice({ isReachable: false }));
    const [gone, off] = [await all.add(1, { persistent: true }), await all.add(2, { persistent: true })];
    await all.rest();
    for (const { id } of [gone, off]) expect((await all.upgrade(id)).phase).to.equal('waiting-device');
    const { get } = all.fleet;
    all.fleet.get = (id) => (id === gone.device ? undefined : get(id));
    all.fleet.devices.set(off.device, { ...known(get(off.device)), isActive: false, isOnline: false });
    for (const { device } of [gone, off]) all.fleet.changes.next(device);
    await all.rest();
    for (const { id } of [gone, off]) expect((await all.upgrade(id)).phase).to.equal('precondition-failed');
    expect(await all.log(gone.id)).to.deep.equal(['Upgrade aborted because there is no such device any more.']);
  });

  it('does not wait for a device that was removed while no engine ran', async () => {
    await using all = await world();
    const first = all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ isReachable: false }));
    const { id } = await all.add(1, { persistent: true });
    await all.rest();
    await first[Symbol.asyncDispose]();
    expect((await all.upgrade(id)).phase).to.equal('waiting-device');
    all.fleet.get = () => undefined;
    all.start();
    await all.rest();
    expect((await all.upgrade(id)).phase).to.equal('precondition-failed');
  });

  it('ends an upgrade whose image was deleted in the middle of an attempt that fails', async () => {
    await using all = await world();
    all.start({ stepTime: 5000 });
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['upload'] }));
    const { id } = await all.add(1);
    await all.until(async () => (await all.upgrade(id)).phase === 'uploading', 60);
    await all.catalogue.images.remove(IMAGE);
    await all.record.advance(id, { type: 'imageDeleted' });
    await all.until(async () => (await all.upgrade(id)).ended !== null, 300);
    expect((await all.upgrade(id)).phase).to.equal('precondition-failed');
  });

  it('finds a device that came while no engine ran', async () => {
    await using all = await world();
    const first = all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ isReachable: false }));
    const { id, device } = await all.add(1, { persistent: true });
    await all.rest();
    await first[Symbol.asyncDispose]();
    all.devices.set(device, simulatedDevice());
    all.start();
    await all.rest();
    expect((await all.upgrade(id)).phase).to.equal('succeeded');
  });

  it('works on no more at once than it may, in the order in which they were asked for', async () => {
    await using all = await world();
    const engine = all.start({ concurrency: 3, stepTime: 1000 });
    for (let i = 1; i <= 10; i++) await all.add(i);
    let most = 0;
    await all.until(async () => {
      most = Math.max(most, engine.working);
      return (await all.tables.upgrades.find({ phases: ['succeeded'] })).count === 10;
    });
    expect(most).to.equal(3);
    const ends = await Promise.all([1, 10].map(async (i) => (await all.upgrade(uuid(i))).ended ?? 0));
    expect(ends[0]).to.be.lessThan(ends[1] ?? 0);
  });

  it('lets a driver with a limit of its own not keep others from working', async () => {
    await using all = await world();
    const { devices, timer } = all;
    const slow = simulatedDriver({ devices, timer, stepTime: 1000, concurrency: 1, name: 'slow' });
    const engine = all.start({ drivers: [slow, simulatedDriver({ devices, timer })] });
    for (let i = 1; i <= 250; i++) {
      const { device } = await all.add(i);
      if (i <= 240) all.fleet.devices.set(device, { ...known(all.fleet.get(device)), driver: 'slow' });
    }
    await all.until(async () => (await all.upgrade(uuid(250))).ended !== null, 30);
    expect(engine.working).to.equal(1);
  });

  describe('cancelled', () => {
    for (const seconds of [0, 1, 2, 3, 5, 6]) {
      it(`11.39: after ${seconds} s, the driver stops at its next step, and nothing is flashed`, async () => {
        await using all = await world();
        all.start({ stepTime: 1000 });
        const { id, device } = await all.add(1);
        for (let i = 0; i < seconds; i++) {
          await all.rest();
          all.timer.pass(1000);
        }
        await all.rest();
        expect((await all.record.advance(id, { type: 'cancel', by: 'user:bob' })).phase).to.equal('cancelling');
        await all.rest();
        all.timer.pass(1000);
        await all.rest();
        expect((await all.upgrade(id)).phase).to.equal('cancelled');
        expect(all.devices.get(device)?.flashes).to.equal(0);
      });
    }

    it('keeps its device until a driver that does not hear has stopped, but has ended a minute after', async () => {
      await using all = await world();
      const deaf = simulatedDriver(all);
      let stopped: () => void = () => {};
      const upgrade = () =>
        new Promise<{ result: 'stopped' }>((resolve) => {
          stopped = () => resolve({ result: 'stopped' });
        });
      all.start({ drivers: [{ ...deaf, upgrade }] });
      const { id, device } = await all.add(1);
      await all.rest();
      await all.record.advance(id, { type: 'cancel', by: 'user:bob' });
      await all.until(async () => (await all.upgrade(id)).phase === 'cancelled', 90);
      expect((await all.tables.upgrades.holding(device))?.id).to.equal(id);
      for (let i = 0; i < 120; i++) {
        all.timer.pass(1000);
        await all.rest();
      }
      expect((await all.tables.upgrades.holding(device))?.id).to.equal(id);
      stopped();
      await all.rest();
      expect(await all.tables.upgrades.holding(device)).to.equal(undefined);
    });
  });

  it('11.59: an upgrade takes 1500 s at most until it is flashed, however its phases divide them', async () => {
    await using all = await world();
    const simulated = simulatedDriver({ devices: all.devices, timer: all.timer });
    const ends: number[] = [];
    /** Uploads for so long, then tests for 200 s. */
    const slow = (upload: number, name: string): Driver => ({
      ...simulated,
      name,
      async upgrade(run) {
        const pause = (seconds: number) =>
          new Promise<void>((resolve, reject) => {
            const stop = all.timer.after(seconds * 1000, resolve);
            run.signal.addEventListener('abort', () => {
              stop();
              reject(new ThingError('aborted', 'stopped'));
            });
          });
        try {
          await run.step('uploading');
          await pause(upload);
          await run.step('testing');
          await pause(200);
          await run.flash();
        } catch {
          ends.push(all.timer.now());
          return { result: 'stopped' };
        }
        return { result: 'succeeded' };
      },
    });
    all.start({ drivers: [slow(1200, 'in time'), slow(1400, 'too long')] });
    for (const [i, driver] of ['in time', 'too long'].entries()) {
      const device = all.fleet.get(uuid(i + 1, '3'));
      if (device) all.fleet.devices.set(device.id, { ...device, driver });
    }
    const [inTime, tooLong] = [await all.add(1), await all.add(2)];
    await all.until(async () => (await all.upgrade(tooLong.id)).ended !== null);
    expect(all.timer.now() - START).to.be.within(1_500_000, 1_520_000);
    expect(await all.upgrade(tooLong.id)).to.include({ phase: 'failed', progress: 0 });
    expect(await all.log(tooLong.id)).to.deep.equal(['Operation timed out.']);
    await all.rest();
    expect(ends).to.have.length(1);
    expect((await all.upgrade(inTime.id)).phase).to.equal('succeeded');
  });

  it('11.59: a driver that hangs is stopped, and its upgrade has failed with the reason', async () => {
    await using all = await world();
    all.start();
    all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['hang'] }));
    const { id, device } = await all.add(1);
    await all.until(async () => (await all.upgrade(id)).ended !== null, 400);
    expect((await all.upgrade(id)).phase).to.equal('failed');
    expect(await all.log(id)).to.deep.equal(['Operation timed out.']);
    await all.rest();
    expect(await all.tables.upgrades.holding(device)).to.equal(undefined);
  });

  it('does not take an upgrade for one that takes long because the clock was set forward, before or after the flash', async () => {
    await using all = await world();
    all.start({ stepTime: 20_000 });
    for (const stage of ['running', 'flashed'] as const) {
      const { id } = await all.add(stage === 'running' ? 1 : 2);
      await all.until(async () => stageOf((await all.upgrade(id)).phase) === stage);
      all.timer.set(86_400_000);
      await all.until(async () => (await all.upgrade(id)).ended !== null);
      expect(await all.upgrade(id)).to.include({ phase: 'succeeded', attempt: 1 });
    }
  });

  for (const isStarted of [true, false]) {
    it(`does not wait as long as the clock was set back${isStarted ? '' : ', while nobody looked'}`, async () => {
      await using all = await world();
      const engine = all.start();
      all.devices.set(uuid(1, '3'), simulatedDevice({ faults: ['upload'] }));
      const [failing, waiting] = [await all.add(1), await all.add(2, { notBefore: START + 1_800_000 })];
      await all.until(async () => (await all.upgrade(failing.id)).phase === 'waiting-retry');
      if (!isStarted) await engine[Symbol.asyncDispose]();
      all.timer.set(-86_400_000);
      if (!isStarted) all.start();
      await all.until(async () => (await all.upgrade(failing.id)).ended !== null, 700);
      expect(await all.upgrade(failing.id)).to.include({ phase: 'succeeded' });
      expect(await all.upgrade(waiting.id)).to.include({ phase: 'queued', wakeAt: waiting.notBefore });
    });
  }

  it('prolongs the lease of an upgrade that takes long', async () => {
    await using all = await world();
    all.start({ stepTime: 60_000 });
    const { id } = await all.add(1);
    for (let i = 0; i < 100; i++) {
      all.timer.pass(1000);
      await all.rest();
    }
    const { lease } = await all.upgrade(id);
    expect(lease?.until).to.be.greaterThan(all.timer.now());
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect(await all.upgrade(id)).to.include({ phase: 'succeeded', attempt: 1 });
  });

  it('stops a driver whose lease somebody else has, before it flashes', async () => {
    await using all = await world();
    all.start({ stepTime: 5000 });
    const { id, device } = await all.add(1);
    await all.rest();
    await all.record.advance(id, { type: 'lapse', holderIsDead: true });
    await all.record.advance(id, { type: 'release' });
    await all.record.advance(id, { type: 'claim', holder: 'other', until: all.timer.now() + 3_600_000 });
    for (let i = 0; i < 60; i++) {
      all.timer.pass(1000);
      await all.rest();
    }
    expect(all.devices.get(device)?.flashes).to.equal(0);
    expect((await all.upgrade(id)).lease?.holder).to.equal('other');
  });

  it('closes: drivers stop, and the next engine begins again', async () => {
    await using all = await world();
    const engine = all.start({ stepTime: 1000 });
    const { id, device } = await all.add(1);
    await all.rest();
    await engine[Symbol.asyncDispose]();
    expect(await all.upgrade(id)).to.include({ phase: 'waiting-retry', lease: null });
    expect(all.timer.running).to.equal(0);
    all.start();
    await all.until(async () => (await all.upgrade(id)).ended !== null);
    expect(all.devices.get(device)?.flashes).to.equal(1);
  });

  it('does nothing, and has one timer at most, while nothing is due', async () => {
    await using all = await world();
    all.start();
    for (let i = 1; i <= 50; i++) await all.add(i, { notBefore: START + 1_000_000 * i });
    await all.rest();
    expect(all.timer.running).to.equal(1);
    let looks = 0;
    const { due } = all.tables.upgrades;
    all.tables.upgrades.due = (...asked) => {
      looks++;
      return due(...asked);
    };
    all.timer.pass(600_000);
    await all.rest();
    expect(looks).to.be.lessThan(12);
  });
});

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It is not there');
  return value;
}
