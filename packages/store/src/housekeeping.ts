import type { Log, Now } from '@thingwright/core';
import type { Backend } from './thread/backend.js';

/** How long what is kept. Milliseconds. */
export interface RetentionDefaults {
  /** All values of properties. Default 30 days. */
  readonly raw?: number;
  /** The means of minutes. Default 365 days. */
  readonly means?: number;
}

const DAY = 86_400_000;
const SETTLE_EVERY = 10_000;
const SWEEP_EVERY = 3_600_000;

/** What is done in the background. */
export interface Housekeeping {
  /** Puts what was committed in its place now. */
  settle(): Promise<void>;
  /** Drops what is too old now. */
  sweep(): Promise<void>;
  /** Ends it, once what is under way is done. */
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
  const settle = (): Promise<void> => inTurn(() => backend.run('settle', {}), 'what was written could not be settled');
  const sweep = (): Promise<void> => {
    const { raw = 30 * DAY, means = 365 * DAY } = retention;
    return inTurn(
      () => backend.run('sweep', { now: now(), journal, raw, means }),
      'what is too old could not be dropped',
    );
  };
  const timers = [
    setInterval(() => void settle(), SETTLE_EVERY).unref(),
    setInterval(() => void sweep(), SWEEP_EVERY).unref(),
  ];
  return {
    settle,
    sweep,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await working;
    },
  };
}
