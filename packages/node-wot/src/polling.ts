import { catchError, defer, EMPTY, from, type Observable, repeat, type SchedulerLike, timer } from 'rxjs';

/** How often, and how to go on when it fails. */
export interface PollingOptions {
  /** Milliseconds between an answer and the next question. */
  readonly interval: number;
  readonly failed: (error: unknown) => void;
  /** For tests. */
  readonly scheduler?: SchedulerLike;
}

/** Asks again and again, the next time a while after the last answer; a failure is told and is no end. */
export const polling = <T>(ask: () => Promise<T>, { interval, failed, scheduler }: PollingOptions): Observable<T> =>
  defer(() => from(ask())).pipe(
    catchError((error: unknown) => {
      failed(error);
      return EMPTY;
    }),
    repeat({ delay: () => timer(interval, scheduler) }),
  );
