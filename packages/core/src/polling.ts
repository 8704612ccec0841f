import { catchError, defer, EMPTY, from, type Observable, repeat, type SchedulerLike, tap, timer } from 'rxjs';
import { createBackOff } from './back-off.js';

/** How often, and how to go on when it fails. */
export interface PollingOptions {
  /** Milliseconds between an answer and the next question. After failures it is longer, by back-off up to 30 s. */
  readonly interval: number;
  readonly failed: (error: unknown) => void;
  /** For tests. */
  readonly scheduler?: SchedulerLike;
}

/** The longest time, in milliseconds, for which a peer that does not answer is left alone; an interval may be longer. */
const LONGEST_WAIT = 30_000;

/**
 * Makes a stream of values that can only be asked for: asks again and again, the next time a while after the last answer. A
 * failure is told and is no end; the more of them in a row, the longer the wait.
 */
export function polling<T>(ask: () => Promise<T>, { interval, failed, scheduler }: PollingOptions): Observable<T> {
  const backOff = createBackOff({ minimum: interval, maximum: Math.max(interval, LONGEST_WAIT) });
  return defer(() => {
    let failures = 0;
    return defer(() => from(ask())).pipe(
      tap(() => {
        failures = 0;
      }),
      catchError((error: unknown) => {
        failures++;
        failed(error);
        return EMPTY;
      }),
      repeat({ delay: () => timer(failures === 0 ? interval : backOff(failures - 1), scheduler) }),
    );
  });
}
