import { expect } from 'chai';
import type { Driver, DriverImage } from '../src/index.js';
import { POINT_OF_NO_RETURN } from '../src/index.js';
import { type TestRun, type TestRunOptions, testRun } from './test-run.js';

/** A device with the driver that upgrades it. */
export interface DriverPremises extends AsyncDisposable {
  readonly driver: Driver;
  /** The UUID of the device. */
  readonly device: string;
  /** What it does not run yet. */
  readonly image: DriverImage;
  /** How often it was flashed. */
  flashes(): Promise<number> | number;
  /** Lets it run the image already. */
  haveImage(): Promise<void> | void;
  /** Lets it be where nobody can reach it. */
  vanish(): Promise<void> | void;
  /** Lets it refuse what it is to flash. */
  refuse(): Promise<void> | void;
}

/** What every driver promises, whatever its devices are. */
export function driverSuite(prepare: () => Promise<DriverPremises>): void {
  const runOn = ({ device, image }: DriverPremises, more: Partial<TestRunOptions> = {}): TestRun =>
    testRun({ device, image, ...more });

  it('upgrades: all steps in their order, the flash once, and what runs then is known', async () => {
    await using premises = await prepare();
    const run = runOn(premises);
    const result = await premises.driver.upgrade(run);
    expect(result.result).to.equal('succeeded');
    expect(await premises.flashes()).to.equal(1);
    expect(run.flashes).to.equal(1);
    const phases = [...new Set(run.steps.map(({ phase }) => phase))];
    expect(phases).to.deep.equal(
      ['identifying', 'checking', 'uploading', 'testing', 'flashing', 'rebooting', 'verifying'].filter((phase) =>
        phases.includes(phase),
      ),
    );
    expect(phases).to.include.members(['identifying', 'uploading', 'testing', 'flashing', 'verifying']);
    const flash = run.steps.findIndex(({ phase }) => phase === 'flashing');
    for (const [i, { progress }] of run.steps.entries()) {
      if (i < flash) expect(progress).to.be.lessThan(POINT_OF_NO_RETURN);
      else expect(progress).to.be.within(POINT_OF_NO_RETURN, 99);
      expect(progress).to.be.at.least(run.steps[i - 1]?.progress ?? 0);
    }
    expect(result).to.have.nested.property('verified.bootID').that.is.a('string');
  });

  it('does nothing to a device that has that firmware already', async () => {
    await using premises = await prepare();
    await premises.haveImage();
    const run = runOn(premises);
    const result = await premises.driver.upgrade(run);
    expect(result.result).to.equal('notNeeded');
    expect(result.lines?.at(-1)).to.contain('upgrade not needed');
    expect(run.flashes).to.equal(0);
    expect(await premises.flashes()).to.equal(0);
  });

  for (const phase of ['identifying', 'checking', 'uploading', 'testing']) {
    it(`stops when it is told to while it is ${phase}, and flashes nothing`, async () => {
      await using premises = await prepare();
      const run = runOn(premises, { onStep: (at, { stop }) => at === phase && stop() });
      expect((await premises.driver.upgrade(run)).result).to.equal('stopped');
      expect(run.flashes).to.equal(0);
      expect(await premises.flashes()).to.equal(0);
    });
  }

  it('flashes nothing if a cancel was faster', async () => {
    await using premises = await prepare();
    expect((await premises.driver.upgrade(runOn(premises, { refusal: 'aborted' }))).result).to.equal('stopped');
    expect(await premises.flashes()).to.equal(0);
  });

  it('flashes nothing outside of the window', async () => {
    await using premises = await prepare();
    expect((await premises.driver.upgrade(runOn(premises, { refusal: 'conflict' }))).result).to.equal('deferred');
    expect(await premises.flashes()).to.equal(0);
    expect((await premises.driver.upgrade(runOn(premises))).result).to.equal('succeeded');
  });

  it('can be tried again if the device cannot be reached', async () => {
    await using premises = await prepare();
    await premises.vanish();
    expect((await premises.driver.upgrade(runOn(premises))).result).to.equal('recoverable');
  });

  it('tells that a device refused what it was to flash', async () => {
    await using premises = await prepare();
    await premises.refuse();
    const result = await premises.driver.upgrade(runOn(premises));
    expect(result.result).to.be.oneOf(['failed', 'rolledBack']);
  });

  it('finds out what came of an upgrade, and flashes nothing for it', async () => {
    await using premises = await prepare();
    expect((await premises.driver.upgrade(runOn(premises))).result).to.equal('succeeded');
    const run = runOn(premises, { phase: 'verifying' });
    expect((await premises.driver.verify(run)).result).to.equal('succeeded');
    expect(await premises.flashes()).to.equal(1);
  });

  it('finds out that a device was not flashed that has the image', async () => {
    await using premises = await prepare();
    await premises.driver.upgrade(runOn(premises, { refusal: 'conflict' }));
    const run = runOn(premises, { phase: 'verifying' });
    expect((await premises.driver.verify(run)).result).to.be.oneOf(['failed', 'rolledBack']);
    expect(await premises.flashes()).to.equal(0);
  });

  it('knows nothing of a device that is not there when it is asked what came of it', async () => {
    await using premises = await prepare();
    await premises.vanish();
    const run = runOn(premises, { phase: 'verifying' });
    const result = premises.driver.verify(run);
    run.stop();
    expect((await result).result).to.equal('unknown');
    expect(await premises.flashes()).to.equal(0);
  });
}
