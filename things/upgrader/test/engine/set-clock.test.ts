import { silent, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { fakeTimer } from '../../../../test/fake-timer.js';
import { createSetClock } from '../../src/engine/set-clock.js';
import { createUpgradeRecord, type Upgrade, upgradeTablesInProcess, type WindowState } from '../../src/index.js';
import { START, upgradeOf } from '../fixture.js';

const HOUR = 3_600_000;

/** When one goes on that waits for its window until a moment, once it is looked at with the clock of {@link START}. */
async function wakeOf(wakeAt: number, window: () => Promise<WindowState>, more: Partial<Upgrade> = {}) {
  const timer = fakeTimer(START);
  const tables = upgradeTablesInProcess();
  const record = createUpgradeRecord(tables, { now: () => timer.now() });
  const upgrade: Upgrade = { ...upgradeOf(1), phase: 'waiting-window', wakeAt, ...more };
  await tables.upgrades.add([{ upgrade, lines: [] }]);
  await createSetClock({ record, timer, elapsed: () => timer.elapsed(), log: silent, window })();
  const after = await tables.upgrades.get(upgrade.id);
  return [after?.wakeAt, after?.seq];
}

describe('a clock that was set, and those who wait for a window', () => {
  const closed = async () => ({ isOpen: false, until: START + 5 * HOUR });
  const open = async () => ({ isOpen: true, until: START + 5 * HOUR });

  it('lets them sleep who wake in time', async () => {
    expect(await wakeOf(START + 5 * HOUR, closed)).to.deep.equal([START + 5 * HOUR, 1]);
    expect(await wakeOf(START + HOUR, closed)).to.deep.equal([START + HOUR, 1]);
    expect(await wakeOf(START + 20 * HOUR, async () => ({ isOpen: false, until: null }))).to.deep.equal([
      START + 20 * HOUR,
      1,
    ]);
  });

  it('has them looked at who would sleep past it', async () => {
    expect(await wakeOf(START + 5 * HOUR + 1, closed)).to.deep.equal([START, 2]);
    expect(await wakeOf(START + HOUR, open)).to.deep.equal([START, 2]);
    expect(await wakeOf(START + 25 * HOUR, async () => ({ isOpen: false, until: null }))).to.deep.equal([START, 2]);
    const paused = { phase: 'paused', pausedFrom: 'waiting-window' } as const;
    expect(await wakeOf(START + 500 * HOUR, closed, paused)).to.deep.equal([START, 2]);
  });

  it('leaves those alone of whose window nobody can say anything', async () => {
    const unreadable = () => Promise.reject(new ThingError('conflict', 'The campaign cannot be read'));
    expect(await wakeOf(START + 500 * HOUR, unreadable)).to.deep.equal([START + 500 * HOUR, 1]);
  });
});
