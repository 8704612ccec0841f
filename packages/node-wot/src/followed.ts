import { createBackOff, sameValue } from '@thingwright/core';
import {
  concat,
  defer,
  ignoreElements,
  merge,
  type Observable,
  repeat,
  retry,
  type SchedulerLike,
  switchMap,
  tap,
  timer,
} from 'rxjs';

/** How a value that is pushed is followed. */
export interface FollowOptions {
  /** Subscribes anew each time; errors when the peer says so. */
  readonly pushed: Observable<unknown>;
  /** Asks for the value. */
  readonly read: () => Promise<unknown>;
  /** Milliseconds between two questions whether what was pushed last still holds. */
  readonly checkInterval: number;
  /** Milliseconds before another attempt, at least; the more of them have failed in a row, the longer, up to 30 s. */
  readonly retryInterval: number;
  readonly failed: (error: unknown) => void;
  /** Timers; for tests. */
  readonly scheduler?: SchedulerLike;
}

/** What a subscription ends with that said nothing of the present value. */
const STALE = Symbol('the value has changed without a word');

/**
 * Follows a value that is pushed over a line that may be lost without a word, as that of a CoAP server that was started anew and
 * knows its observers no more: asks for it at first and now and then, and subscribes again when the peer does not answer, or
 * answers with another value than the last one.
 */
export function followed(options: FollowOptions): Observable<unknown> {
  const { pushed, read, checkInterval, retryInterval, failed, scheduler } = options;
  const backOff = createBackOff({ minimum: retryInterval, maximum: Math.max(retryInterval, 30_000) });
  return defer(() => {
    let failures = 0;
    let last: unknown;
    const first = defer(read).pipe(
      tap((value) => {
        failures = 0;
        last = value;
      }),
    );
    const told = pushed.pipe(
      tap((value) => {
        last = value;
      }),
    );
    const check = defer(() => {
      const before = last;
      return defer(read).pipe(
        tap((value) => {
          if (last === before && !sameValue(value, before)) throw STALE;
        }),
      );
    });
    const checks = timer(checkInterval, scheduler).pipe(
      switchMap(() => check),
      ignoreElements(),
      repeat(),
    );
    return concat(first, merge(told, checks)).pipe(
      retry({
        delay: (error: unknown) => {
          if (error === STALE) return timer(0, scheduler);
          failed(error);
          return timer(backOff(failures++), scheduler);
        },
      }),
    );
  });
}
