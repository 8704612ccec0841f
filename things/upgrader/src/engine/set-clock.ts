import { type Log, ThingError } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import type { Phase } from '../phase.js';
import type { WindowState } from '../schedule.js';
import { unlessUnreadable } from '../unreadable.js';
import type { Upgrade } from '../upgrade.js';
import { upgradePages } from '../upgrade-pages.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { windowWake } from '../wake-limit.js';

/** What a clock that is set back is noticed with, and made up for. */
export interface SetClockParts {
  readonly record: UpgradeRecord;
  readonly timer: Pick<Timer, 'now'>;
  /** Milliseconds that pass evenly, whatever the clock is set to. */
  readonly elapsed: () => number;
  readonly log: Log;
  /** Whether a device may be flashed now. */
  window(upgrade: Upgrade): Promise<WindowState>;
}

/** Milliseconds by which the clock may differ from the time that passed. */
const TOLERANCE = 1000;
/** Those that wake by themselves. */
const SLEEPING: readonly Phase[] = [
  'queued',
  'waiting-retry',
  'waiting-device',
  'waiting-window',
  'outcome-unknown',
  'paused',
];

/**
 * Makes what has to be called before it is asked what is due: the first time, and whenever the clock was set back since, it sees to it that no
 * upgrade sleeps until a moment that only a clock that was ahead could mean. Never rejects.
 */
export function createSetClock({ record, timer, elapsed, log, window }: SetClockParts): () => Promise<void> {
  const ahead = () => timer.now() - elapsed();
  let known = ahead();
  // The clock of a process before this one may have been ahead.
  let isSuspect = true;

  /** One that will be looked at when its window opens, or before, sleeps as it should. */
  const isInTime = async (upgrade: Upgrade): Promise<boolean> => {
    const state = await window(upgrade).catch(unlessUnreadable);
    return state === undefined || (!state.isOpen && (upgrade.wakeAt ?? 0) <= windowWake(state.until, timer.now()));
  };

  const hasten = async (): Promise<void> => {
    for await (const items of upgradePages(record.tables.upgrades, { phases: SLEEPING })) {
      for (const upgrade of items) {
        const { id, phase, wakeAt, notBefore } = upgrade;
        if (wakeAt === null || wakeAt <= Math.max(timer.now(), notBefore ?? 0)) continue;
        if (phase === 'waiting-window' && (await isInTime(upgrade))) continue;
        await record.advance(id, { type: 'hasten' });
      }
    }
  };

  return async () => {
    const before = known;
    known = ahead();
    isSuspect ||= known < before - TOLERANCE;
    if (!isSuspect) return;
    isSuspect = false;
    try {
      await hasten();
    } catch (error) {
      isSuspect = error instanceof ThingError && error.code !== 'failed';
      log.error({ error }, 'upgrades could not be looked through after the clock was set');
    }
  };
}
