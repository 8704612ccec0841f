import { asyncScheduler, Observable, type SchedulerLike, type Subscription } from 'rxjs';

/** How changes are put together. */
export interface CoalesceOptions<T> {
  /** Changes with the same key stand for each other. */
  readonly key: (change: T) => string;
  /** Milliseconds between two lists, at least. */
  readonly interval: number;
  /** Default: the later one stands for both. */
  readonly merge?: (earlier: T, later: T) => T;
  readonly scheduler?: SchedulerLike;
}

/**
 * Puts changes together for those who need the latest and not every one: the first goes out at once, what follows within the interval as one
 * list, in the order of first changes, one for each key. The last one is never lost. What is held is bounded by the number of keys.
 */
export function coalesced<T>(
  changes: Observable<T>,
  { key, interval, merge = (_, later) => later, scheduler = asyncScheduler }: CoalesceOptions<T>,
): Observable<readonly T[]> {
  return new Observable((reader) => {
    const held = new Map<string, T>();
    let timer: Subscription | undefined;
    const tell = () => {
      const list = [...held.values()];
      held.clear();
      if (list.length > 0) reader.next(list);
    };
    const wait = () => {
      timer = scheduler.schedule(() => {
        timer = undefined;
        if (held.size > 0) wait();
        tell();
      }, interval);
    };
    const subscription = changes.subscribe({
      next(change) {
        const name = key(change);
        const earlier = held.get(name);
        held.set(name, earlier === undefined ? change : merge(earlier, change));
        if (timer) return;
        wait();
        tell();
      },
      error: (error) => reader.error(error),
      complete() {
        tell();
        reader.complete();
      },
    });
    subscription.add(() => timer?.unsubscribe());
    return subscription;
  });
}
