import { ThingError } from '@thingwright/core';
import { firstValueFrom, from, type SchedulerLike, throwError, timeout } from 'rxjs';

/** How long an answer may take. */
export interface TimeLimit {
  readonly milliseconds: number;
  /** What is waited for, in messages. */
  readonly what: string;
  /** For tests. */
  readonly scheduler?: SchedulerLike;
}

/** Waits for an answer; rejects with a ThingError `timeout` if it takes too long. */
export const withinTime = <T>(answer: Promise<T>, { milliseconds, what, scheduler }: TimeLimit): Promise<T> =>
  firstValueFrom(
    from(answer).pipe(
      timeout({
        first: milliseconds,
        with: () => throwError(() => new ThingError('timeout', `${what} was not answered within ${milliseconds} ms`)),
        ...(scheduler ? { scheduler } : {}),
      }),
    ),
  );
