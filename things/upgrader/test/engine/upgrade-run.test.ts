import { expect } from 'chai';
import { UpgradeRun } from '../../src/engine/upgrade-run.js';
import { createUpgradeRecord, upgradeTablesInProcess } from '../../src/index.js';
import type { WindowState } from '../../src/schedule.js';
import { START, upgradeOf } from '../fixture.js';

const image = {
  fileName: 'image.bin',
  size: 1,
  sha256: 'ab'.repeat(32),
  version: '2.0',
  os: null,
  signature: null,
  read: () => Promise.reject(new Error('not read here')),
};

/** What becomes of an upgrade that is prepared while its window is closed, by how the window is when that is kept. */
async function deferred(later: WindowState) {
  const record = createUpgradeRecord(upgradeTablesInProcess(), { now: () => START });
  const { id } = await record.add(upgradeOf(1));
  const claimed = await record.advance(id, { type: 'claim', holder: 'w', until: START + 30_000 });
  const states: WindowState[] = [{ isOpen: false, until: START + 1 }, later];
  const run = new UpgradeRun(claimed, {
    record,
    image,
    elapsed: () => START,
    window: async () => states.shift() ?? later,
    pause: async () => undefined,
    hasNews: () => undefined,
  });
  const refused = await run.flash().then(
    () => 'flashed',
    (error: unknown) => String(error),
  );
  expect(refused).to.contain('The maintenance window is closed');
  return run.settle({ result: 'deferred' });
}

describe('a run that is put off', () => {
  it('goes on when its window opens', async () => {
    const upgrade = await deferred({ isOpen: false, until: START + 3_600_000 });
    expect(upgrade).to.include({ phase: 'waiting-window', wakeAt: START + 3_600_000 });
  });

  it('goes on at once where that has opened meanwhile, and not when it closes', async () => {
    for (const until of [START + 3_600_000, null]) {
      expect(await deferred({ isOpen: true, until })).to.include({ phase: 'waiting-window', wakeAt: START });
    }
  });
});
