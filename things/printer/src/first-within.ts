import { ThingError } from '@thingwright/core';
import {
  firstValueFrom,
  fromEvent,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  take,
  throwError,
  throwIfEmpty,
  timeout as within,
} from 'rxjs';

/** How long something is waited for. */
export interface Patience {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** What is said if it does not come. */
  readonly late: string;
}

/** The first value of a stream. @throws ThingError `timeout`, `aborted` by the signal, `disconnected` if the stream ends before. */
export async function firstWithin<T>(stream: Observable<T>, { timeout, signal, late }: Patience): Promise<T> {
  if (signal?.aborted) throw aborted();
  const first = stream.pipe(
    take(1),
    throwIfEmpty(() => new ThingError('disconnected', late)),
    within({ first: timeout, with: () => throwError(() => new ThingError('timeout', late)) }),
  );
  const stopped: Observable<never> = signal
    ? fromEvent(signal, 'abort').pipe(mergeMap(() => throwError(aborted)))
    : NEVER;
  return firstValueFrom(merge(first, stopped));
}

const aborted = (): ThingError => new ThingError('aborted', 'It was to stop');
