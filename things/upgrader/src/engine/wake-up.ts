import { setImmediate as turn } from 'node:timers/promises';
import type { Log } from '@thingwright/core';
import type { Stop, Timer } from '@thingwright/device-link';

/** Work that is done when it is due, never twice at once, with one timer for whatever comes next. */
export interface WakeUp {
  /** Does it soon; many calls are one. */
  soon(): void;
  /** Does it at a moment, or earlier; milliseconds since 1970. */
  at(moment: number): void;
  /** Does it no more; resolves once it is not being done. */
  stop(): Promise<void>;
}

/** A clock that jumps is noticed after so many milliseconds. */
const LONGEST = 60_000;
/** Milliseconds after which work is done again that failed. */
const AFTER_FAILURE = 5000;

/** `work` gives the moment at which it is due again; undefined: somebody says so. */
export function createWakeUp(
  work: () => Promise<number | undefined>,
  { timer, log }: { readonly timer: Timer; readonly log: Log },
): WakeUp {
  let isAsked = false;
  let isStopped = false;
  let running: Promise<void> | undefined;
  let due: number | undefined;
  let stopTimer: Stop = () => {};

  const arm = (moment: number): void => {
    if (isStopped || (due !== undefined && due <= moment)) return;
    due = moment;
    stopTimer();
    stopTimer = timer.after(Math.min(LONGEST, Math.max(0, moment - timer.now())), () => {
      due = undefined;
      // Whatever it was for: looking costs little, and the clock may have jumped.
      soon();
    });
  };

  const once = async (): Promise<number | undefined> => {
    try {
      return await work();
    } catch (error) {
      log.error({ error }, 'what is due could not be done; it is tried again');
      return timer.now() + AFTER_FAILURE;
    }
  };

  const run = async (): Promise<void> => {
    while (isAsked && !isStopped) {
      isAsked = false;
      // What is asked for in the same turn is done at once.
      await turn();
      const next = await once();
      if (next !== undefined) arm(next);
    }
    running = undefined;
  };

  const soon = (): void => {
    isAsked = true;
    if (!isStopped) running ??= run();
  };

  return {
    soon,
    at: arm,
    async stop() {
      isStopped = true;
      stopTimer();
      await running;
    },
  };
}
