import { readdir } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { driverSuite } from '../driver.suite.js';
import { uuid } from '../fixture.js';
import { testRun } from '../test-run.js';
import { DEVICE, type DialInWorld, type DialInWorldOptions, dialInWorld } from './dial-in-world.js';

const runOn = ({ image }: DialInWorld, onStep?: Parameters<typeof testRun>[0]['onStep']) =>
  testRun({ device: DEVICE, image, ...(onStep ? { onStep } : {}) });

const upgraded = async (options: DialInWorldOptions, prepare: (world: DialInWorld) => void = () => {}) => {
  await using world = await dialInWorld(options);
  prepare(world);
  const run = runOn(world);
  const result = await world.devices.driver.upgrade(run);
  return { result, run, installed: world.installed, files: await readdir(world.folder), read: world.read };
};

describe('the driver of devices that dial in', () => {
  driverSuite(async () => {
    const world = await dialInWorld();
    return {
      driver: world.devices.driver,
      device: DEVICE,
      image: world.image,
      flashes: () => world.installed.length,
      async haveImage() {
        await world.devices.driver.upgrade(testRun({ device: DEVICE, image: world.image }));
        world.installed.length = 0;
      },
      vanish: () => world.halt(),
      refuse() {
        world.refusal = 'the flash is worn out';
      },
      [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    };
  });

  it('shows how much of the image a device has, and leaves nothing of it there', async () => {
    const { run, files, result } = await upgraded({ bytes: Buffer.alloc(3_000_000, 'x') });
    expect(result.result).to.equal('succeeded');
    const shown = run.steps.filter(({ phase }) => phase === 'uploading').map(({ progress }) => progress);
    expect(shown.at(-1)).to.equal(60);
    expect(shown.length).to.be.greaterThan(3);
    expect(files).to.deep.equal(['upgrades.json']);
  });

  it('has a download go on where it broke off', async () => {
    let breaks = 2;
    const { result, read } = await upgraded({ bytes: Buffer.alloc(1_000_000, 'x') }, (world) => {
      world.onRead = (at) => {
        if (at < 200_000 || breaks === 0) return;
        breaks--;
        throw new Error('the disk of the server is unwell');
      };
    });
    expect(result.result).to.equal('succeeded');
    expect(breaks).to.equal(0);
    expect(read).to.be.lessThan(1_500_000);
  });

  it('installs nothing whose digest is not what it should be', async () => {
    const { result, installed } = await upgraded({ claimed: { sha256: 'ab'.repeat(32) } });
    expect(result).to.deep.include({ result: 'recoverable' });
    expect(result).to.have.property('cause').that.contains('its digest is');
    expect(installed).to.deep.equal([]);
  });

  it('installs what is signed by a key that the device trusts', async () => {
    expect((await upgraded({ isSigned: true })).result.result).to.equal('succeeded');
  });

  for (const [what, claimed, reason] of [
    ['not signed', { signature: null }, 'The image is not signed'],
    ['signed by somebody else', { signature: { keyID: 'mallory', value: '' } }, "The image is signed by 'mallory'"],
    ['signed for another version', { version: '3.0' }, 'The signature of the image is wrong'],
  ] as const) {
    it(`gets nothing that is ${what}`, async () => {
      const { result, read } = await upgraded({ isSigned: true, claimed });
      expect(result.result).to.equal('unfit');
      expect(result.lines?.[0]).to.contain(reason);
      expect(read).to.equal(0);
    });
  }

  it('tells a device that came back with what it had before', async () => {
    const { result } = await upgraded({}, (world) => {
      world.isBroken = true;
    });
    expect(result).to.deep.include({ result: 'rolledBack', lines: ['It runs 1.0'] });
  });

  it('waits for a device that goes away in the middle of a download, and has it go on', async () => {
    await using world = await dialInWorld({ bytes: Buffer.alloc(1_000_000, 'x') });
    let isFirst = true;
    world.onRead = (at) => {
      if (at < 400_000 || !isFirst) return;
      isFirst = false;
      void world.halt().then(() => world.boot());
    };
    const result = await world.devices.driver.upgrade(runOn(world));
    expect(result.result).to.equal('succeeded');
    expect(world.installed).to.have.length(1);
  });

  it('is told once to install, however often that is said', async () => {
    await using world = await dialInWorld();
    await world.devices.driver.upgrade(runOn(world));
    await world.devices.driver.upgrade(runOn(world));
    expect(world.installed).to.have.length(1);
  });

  it('waits for a device that is installing, also where somebody else takes over', async () => {
    await using world = await dialInWorld();
    const { driver, links } = world.devices;
    const found = new Promise<readonly string[]>((resolve) => {
      world.onInstall = async () => {
        while (links.state(DEVICE)?.installing === null) await turn();
        const verified = driver.verify(runOn(world)).then(({ result }) => result);
        const meanwhile = await Promise.race([verified, turn('it waits')]);
        void verified.then((result) => resolve([meanwhile, result]));
      };
    });
    void driver.upgrade(runOn(world));
    expect(await found).to.deep.equal(['it waits', 'succeeded']);
  });

  it('takes the first word of a device that it waits for, and that knows of no upgrade', async () => {
    await using world = await dialInWorld();
    await world.halt();
    const verified = world.devices.driver.verify(runOn(world));
    await world.boot();
    expect(await verified).to.deep.equal({ result: 'failed', lines: ['The device runs 1.0, and was not flashed.'] });
  });

  it('tries nothing again by itself that it could not install', async () => {
    await using world = await dialInWorld();
    world.refusal = 'the flash is worn out';
    const run = runOn(world);
    expect((await world.devices.driver.upgrade(run)).result).to.equal('failed');
    const talk = world.devices.links.talk(DEVICE);
    talk.say({ type: 'install', upgrade: run.upgrade.id });
    const heard = await talk.hear(AbortSignal.timeout(4000));
    expect(heard).to.deep.include({
      type: 'state',
      installing: null,
      last: { upgrade: run.upgrade.id, outcome: 'failed', reason: 'the flash is worn out' },
    });
    expect(world.installed).to.deep.equal([]);
    talk.end();
  });

  it('shows its token to no other server', async () => {
    await using world = await dialInWorld();
    const talk = world.devices.links.talk(DEVICE);
    const { sha256, size, version } = world.image;
    for (const path of ['http://127.0.0.1:9/x', '//127.0.0.1:9/x']) {
      const manifest = { sha256, size, version };
      talk.say({ type: 'prepare', upgrade: uuid(8), path, manifest, signature: null, flags: [] });
      const heard = await talk.hear(AbortSignal.timeout(4000));
      expect(heard).to.include({ type: 'refused', isRecoverable: false });
      expect(heard).to.have.property('reason').that.contains('at http://127.0.0.1:9');
    }
    talk.end();
  });

  it('gives an image to the device that is being upgraded, and to nobody else', async () => {
    await using world = await dialInWorld();
    const path = `${world.url}/api/v1/upgradable/pump/images/${uuid(1)}`;
    const statuses: number[] = [];
    const ask = async (token: string, name = 'pump') => {
      const response = await fetch(path.replace('pump', name), { headers: { Authorization: `Bearer ${token}` } });
      await response.body?.cancel();
      statuses.push(response.status);
    };
    await ask('pump-token-1234567890');
    let asked: Promise<unknown> = Promise.resolve();
    const run = runOn(world, (phase) => {
      if (phase === 'uploading') asked = Promise.all([ask('wrong'), ask('wrong', 'other')]);
    });
    await world.devices.driver.upgrade(run);
    await asked;
    await ask('pump-token-1234567890');
    expect(statuses).to.deep.equal([404, 403, 403, 404]);
  });
});
