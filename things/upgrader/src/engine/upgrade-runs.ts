import { type Log, ThingError } from '@thingwright/core';
import type { Stop, Timer } from '@thingwright/device-link';
import type { Driver, DriverImage, DriverResult } from '../driver.js';
import { stageOf } from '../phase.js';
import type { WindowState } from '../schedule.js';
import { PHASE_LIMITS, RUN_LIMIT, type Upgrade } from '../upgrade.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { UpgradeRun } from './upgrade-run.js';

/** What runs need. */
export interface RunsParts {
  readonly record: UpgradeRecord;
  readonly timer: Timer;
  /** Milliseconds that pass evenly: an upgrade takes too long by them, and not because the clock was set. */
  readonly elapsed: () => number;
  readonly log: Log;
  /** The worker: one run of one process. */
  readonly holder: string;
  /** Milliseconds. */
  readonly leaseTime: number;
  window(upgrade: Upgrade): Promise<WindowState>;
  /** What a driver came to, before it is kept. */
  before(upgrade: Upgrade, result: DriverResult): Promise<void>;
}

/** The upgrades that this process works on, and their leases, which one timer prolongs. */
export interface UpgradeRuns {
  readonly size: number;
  has(id: string): boolean;
  /** Begins to work on an upgrade that was claimed; `ended` is called when its driver has stopped and that is kept. */
  begin(upgrade: Upgrade, work: RunWork): void;
  /** Takes what is kept of an upgrade. */
  take(upgrade: Upgrade): void;
  /** Ends those that take too long. */
  checkDeadlines(): void;
  /** Asks all to stop, and resolves when they have, or after so many milliseconds. */
  close(patience: number): Promise<void>;
}

/** What is to be done. */
export interface RunWork {
  readonly driver: Driver;
  readonly image: DriverImage;
  /** Whether it was flashed before: then it is only found out what came of it. */
  readonly isFlashed: boolean;
  ended(): void;
}

/** Leases are prolonged so many times before they would be over. */
const BEATS = 3;
/** Milliseconds that log lines and progress wait at most, so that one commit takes many. */
const NEWS_WAIT = 200;

/** Makes the set of runs, empty. */
export function createUpgradeRuns(parts: RunsParts): UpgradeRuns {
  const { record, timer, elapsed, log, holder, leaseTime } = parts;
  const runs = new Map<string, UpgradeRun>();
  const working = new Set<Promise<void>>();
  const news = new Set<UpgradeRun>();
  let stopBeat: Stop | undefined;
  let stopNews: Stop | undefined;
  let isClosing = false;

  const tellNews = (): void => {
    stopNews = undefined;
    const all = [...news];
    news.clear();
    for (const run of all) void run.tell();
  };

  const beat = async (): Promise<void> => {
    checkDeadlines();
    const leases = [...runs.values()].map(({ upgrade, fence }) => ({ id: upgrade.id, fence }));
    try {
      const lost = await record.tables.upgrades.renew(leases, holder, timer.now() + leaseTime);
      for (const id of lost) {
        const run = runs.get(id);
        // Who has just ended gave the lease back.
        if (run?.upgrade.lease) run.stop('lost');
      }
    } catch (error) {
      log.warn({ error, upgrades: leases.length }, 'leases of upgrades could not be prolonged');
    }
  };

  const isTooLong = ({ upgrade: { phase }, begun, phaseBegun }: UpgradeRun): boolean => {
    const ofPhase = phaseBegun + (PHASE_LIMITS[phase] ?? Number.POSITIVE_INFINITY);
    const ofRun = stageOf(phase) === 'running' ? begun + RUN_LIMIT : Number.POSITIVE_INFINITY;
    return Math.min(ofPhase, ofRun) <= elapsed();
  };

  const checkDeadlines = (): void => {
    for (const run of runs.values()) {
      if (!isTooLong(run)) continue;
      const { phase, id } = run.upgrade;
      log.warn({ upgrade: id, phase }, 'an upgrade takes too long');
      void record
        .advance(id, { type: 'expire' })
        .then(() => run.stop('timeout'))
        .catch((error: unknown) =>
          log.warn({ upgrade: id, error }, 'an upgrade that takes too long could not be ended'),
        );
    }
  };

  const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = timer.after(milliseconds, done);
      if (signal.aborted) done();
      else signal.addEventListener('abort', done, { once: true });
    });

  const work = async (run: UpgradeRun, { driver, isFlashed }: RunWork): Promise<void> => {
    const result = await (isFlashed ? driver.verify(run) : driver.upgrade(run)).catch((error: unknown) =>
      failureOf(error, run),
    );
    try {
      await parts.before(run.upgrade, result);
    } catch (error) {
      log.error({ upgrade: run.upgrade.id, error }, 'the firmware of a device could not be filed');
    }
    const { id, phase } = await run.settle(result);
    log.info({ upgrade: id, result: result.result, phase }, 'worked on an upgrade');
  };

  return {
    get size() {
      return runs.size;
    },
    has: (id) => runs.has(id),
    begin(upgrade, task) {
      const run = new UpgradeRun(upgrade, {
        record,
        image: task.image,
        elapsed,
        window: parts.window,
        pause,
        hasNews(teller) {
          news.add(teller);
          stopNews ??= timer.after(NEWS_WAIT, tellNews);
        },
      });
      runs.set(upgrade.id, run);
      if (isClosing) run.stop('closing');
      stopBeat ??= timer.every(leaseTime / BEATS, () => void beat());
      const done = work(run, task)
        .catch((error: unknown) => log.error({ upgrade: upgrade.id, error }, 'an upgrade could not be worked on'))
        .finally(() => {
          working.delete(done);
          news.delete(run);
          runs.delete(upgrade.id);
          if (runs.size === 0) {
            stopBeat?.();
            stopBeat = undefined;
          }
          task.ended();
        });
      working.add(done);
    },
    take: (upgrade) => runs.get(upgrade.id)?.take(upgrade),
    checkDeadlines,
    async close(patience) {
      isClosing = true;
      for (const run of runs.values()) run.stop('closing');
      const giveUp = new AbortController();
      const tooLong = pause(patience, giveUp.signal).then(() => {
        for (const run of runs.values()) run.stop('lost');
      });
      await Promise.race([Promise.all(working), tooLong]);
      giveUp.abort();
      stopNews?.();
      stopBeat?.();
    },
  };
}

/** What a driver did that threw: nobody can say once the device was flashed. */
function failureOf(error: unknown, { upgrade, signal }: UpgradeRun): DriverResult {
  if (stageOf(upgrade.phase) === 'flashed') return { result: 'unknown', lines: [`${messageOf(error)}.`] };
  if (signal.aborted || (error instanceof ThingError && error.code === 'aborted')) return { result: 'stopped' };
  return { result: 'recoverable', cause: messageOf(error) };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
