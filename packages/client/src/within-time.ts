import { ThingError } from '@thingwright/core';
import type { Schedule } from './schedule.js';

/** How long something may take. */
export interface TimeLimit {
  readonly schedule: Schedule;
  readonly milliseconds: number;
  /** What is waited for, in messages. */
  readonly what: string;
}

/** Does something that may take so long, and is aborted then; rejects with a ThingError `timeout`, whether or not it ends. */
export const withinTime = <T>(
  task: (signal: AbortSignal) => Promise<T>,
  { schedule, milliseconds, what }: TimeLimit,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const limit = new AbortController();
    const cancel = schedule(() => {
      const error = new ThingError('timeout', `${what} was not had within ${milliseconds} ms`);
      reject(error);
      limit.abort(error);
    }, milliseconds);
    task(limit.signal).then(resolve, reject).finally(cancel);
  });
