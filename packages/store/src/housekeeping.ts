import type { Log, Now } from '@thingwright/core';
import type { SettleOptions } from './jobs/settle.js';
import type { Backend } from './thread/backend.js';

/** How long what is kept. Milliseconds. */
export interface RetentionDefaults {
  /** All values of properties. Default 30 days. */
  readonly raw?: number;
  /** The means of minutes. Default 365 days. */
  readonly means?: number;
  /** Who did what. Default 365 days. */
  readonly audit?: number;
}

/** So that nobody waits for it when a store is opened or closed. */
export const UNPACKED = { packAt: Number.MAX_SAFE_INTEGER };

const DAY = 86_400_000;
const SETTLE_EVERY = 10_000;
const SWEEP_EVERY = 3_600_000;

/** What is done in the background. */
export interface Housekeeping {
  /** Ends it, once what is under way is done, with a settled log if that is quick. */
  stop(): Promise<void>;
}

/** Settles every ten seconds and sweeps every hour, one thing at a time. What fails is tried again the next time. */
export function startHousekeeping(
  backend: Backend,
  options: {
    readonly retention: RetentionDefaults | undefined;
    /** Milliseconds for which a journal goes back. */
    readonly journal: number;
    readonly log: Log;
    readonly now: Now;
  },
): Housekeeping {
  const { retention = {}, journal, log, now } = options;
  let working: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<unknown>, what: string): Promise<void> => {
    const mine = working.then(work).then(
      () => undefined,
      (error: unknown) => log.warn({ error }, what),
    );
    working = mine;
    return mine;
  };
  const settle = (options: SettleOptions): Promise<void> =>
    inTurn(() => backend.run('settle', options), 'what was written could not be settled');
  const sweep = (): Promise<void> => {
    const { raw = 30 * DAY, means = 365 * DAY, audit = 365 * DAY } = retention;
    return inTurn(
      () => backend.run('sweep', { now: now(), journal, raw, means, audit }),
      'what is too old could not be dropped',
    );
  };
  const timers = [
    setInterval(() => void settle({}), SETTLE_EVERY).unref(),
    setInterval(() => void sweep(), SWEEP_EVERY).unref(),
  ];
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await settle({ ...UNPACKED, rounds: 1 });
    },
  };
}
