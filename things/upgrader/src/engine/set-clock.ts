import { type Log, ThingError } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import type { Phase } from '../phase.js';
import type { UpgradeRecord } from '../upgrade-record.js';

/** What a clock that is set back is noticed with, and made up for. */
export interface SetClockParts {
  readonly record: UpgradeRecord;
  readonly timer: Pick<Timer, 'now'>;
  /** Milliseconds that pass evenly, whatever the clock is set to. */
  readonly elapsed: () => number;
  readonly log: Log;
}

/** Milliseconds by which the clock may differ from the time that passed. */
const TOLERANCE = 1000;
const PAGE = 1000;
/** Those that wake by themselves. */
const SLEEPING: readonly Phase[] = ['queued', 'waiting-retry', 'waiting-device', 'outcome-unknown', 'paused'];

/**
 * Makes what has to be called before it is asked what is due: the first time, and whenever the clock was set back since, it sees to it that no
 * upgrade sleeps until a moment that only a clock that was ahead could mean. Never rejects.
 */
export function createSetClock({ record, timer, elapsed, log }: SetClockParts): () => Promise<void> {
  const ahead = () => timer.now() - elapsed();
  let known = ahead();
  // The clock of a process before this one may have been ahead.
  let isSuspect = true;

  const hasten = async (): Promise<void> => {
    for (let offset = 0, length = PAGE; length === PAGE; offset += PAGE) {
      const { items } = await record.tables.upgrades.find({ phases: SLEEPING, limit: PAGE, offset });
      for (const { id, wakeAt, notBefore } of items) {
        if (wakeAt === null || wakeAt <= Math.max(timer.now(), notBefore ?? 0)) continue;
        await record.advance(id, { type: 'hasten' });
      }
      length = items.length;
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
