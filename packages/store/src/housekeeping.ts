import type { Log, Now } from '@thingwright/core';
import type { SettleOptions } from './jobs/settle.js';
import type { StoreJournalLimits } from './store-memory.js';
import type { Backend } from './thread/backend.js';
import type { WriterStats } from './writer.js';

/** How long what is kept. Milliseconds. */
export interface RetentionDefaults {
  /** All values of properties. Default 30 days. */
  readonly raw?: number;
  /** The means of minutes. Default 365 days. */
  readonly means?: number;
  /** Who did what. Default 365 days. */
  readonly audit?: number;
}

/** So that nobody waits for it when a store is closed. */
const UNPACKED = { packAt: Number.MAX_SAFE_INTEGER };

const DAY = 86_400_000;
const LOOK_EVERY = 1000;
const SETTLE_EVERY = 10_000;
const SWEEP_EVERY = 3_600_000;
const FIRST_SWEEP_AFTER = 60_000;
/** What is in the log is in memory too: changes, and bytes. The more of a Thing are settled at once, the less each of them costs. */
const MOST_UNSETTLED = { changes: 1_000_000, bytes: 2 ** 26 };

/** Changes, and their bytes. */
export type Committed = Pick<WriterStats, 'changes' | 'bytes'>;

/** What is done in the background. */
export interface Housekeeping {
  /** Ends it, once what is under way is done, with a settled log if that is quick. */
  stop(): Promise<void>;
}

/**
 * Settles every ten seconds, sooner when much was committed, and sweeps every hour; one thing at a time. What fails is tried again
 * later.
 */
export function startHousekeeping(
  backend: Backend,
  options: {
    readonly retention: RetentionDefaults | undefined;
    /** How far a journal goes back: changes of a Thing, and milliseconds. */
    readonly journal: Required<StoreJournalLimits>;
    readonly log: Log;
    readonly now: Now;
    /** What was committed until now. */
    readonly committed: () => Committed;
    /** How many changes were in the log before. */
    readonly unsettled: number;
  },
): Housekeeping {
  const { retention = {}, journal, log, now, committed, unsettled } = options;
  const { raw = 30 * DAY, means = 365 * DAY, audit = 365 * DAY } = retention;
  let settledAt = performance.now();
  let settled: Committed = { changes: -unsettled, bytes: 0 };
  let sweptAt = settledAt - SWEEP_EVERY + FIRST_SWEEP_AFTER;
  let working: Promise<void> | undefined;

  const settle = async (settleOptions: SettleOptions): Promise<void> => {
    const until = committed();
    settledAt = performance.now();
    await backend.run('settle', settleOptions);
    settled = until;
  };
  const isDue = (): boolean => {
    const { changes, bytes } = committed();
    const waiting = changes - settled.changes;
    if (waiting >= MOST_UNSETTLED.changes || bytes - settled.bytes >= MOST_UNSETTLED.bytes) return true;
    return waiting > 0 && performance.now() - settledAt >= SETTLE_EVERY;
  };
  const keepHouse = async (): Promise<void> => {
    if (isDue()) await settle({ journal: journal.count });
    if (performance.now() - sweptAt < SWEEP_EVERY) return;
    sweptAt = performance.now();
    await backend.run('sweep', { now: now(), journal: journal.age, raw, means, audit });
  };
  const warn = (error: unknown): void => log.warn({ error }, 'what was written could not be put in its place');
  const timer = setInterval(() => {
    working ??= keepHouse()
      .catch(warn)
      .finally(() => {
        working = undefined;
      });
  }, LOOK_EVERY).unref();

  return {
    async stop() {
      clearInterval(timer);
      await working;
      if (committed().changes > settled.changes) await settle(UNPACKED).catch(warn);
    },
  };
}
