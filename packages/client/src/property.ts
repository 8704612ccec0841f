import { type Notification, ThingError, type UriVariables } from '@thingwright/core';
import { Observable, ReplaySubject, share } from 'rxjs';
import type { ConsumedChannel } from './consumed-channel.js';
import type { Schedule } from './schedule.js';

/** How an affordance is to be used. */
export interface UseOptions {
  /** Values for the URI variables of its HTTP form; they have no place on a WebSocket. */
  readonly uriVariables?: UriVariables;
}

/** A property whose value can be read. */
export interface ReadableProperty<T> {
  /** Asks for the present value. Rejects with a ThingError: `unavailable` while there is none. */
  read(options?: UseOptions): Promise<T>;
}

/** A property that can be written. */
export interface WritableProperty<T> {
  /** Sets a value; gives the value really set where the Thing confirms it. Rejects with a ThingError: `invalid`, … */
  write(value: T, options?: UseOptions): Promise<T | undefined>;
}

/** A property without types: what its TD does not offer is an error at use. */
export type AnyProperty = Observable<unknown> & ReadableProperty<unknown> & WritableProperty<unknown>;

/** A read that got no answer is repeated after so many milliseconds: else the value would stay old until its next change. */
const RETRY = 1000;

/** Errors of a read that say nothing of the value. */
const UNANSWERED: ReadonlySet<string> = new Set<ThingError['code']>(['timeout', 'disconnected']);

/** Notifications that come this much late (microseconds) behind a value that was read are from before it. */
const LATE = 60_000_000;

/**
 * Makes a property. As an Observable it gives the present value first and then every change, never an older value after a newer
 * one; all its subscribers share one subscription on the wire. It errors with a ThingError if it cannot be observed.
 */
export function createProperty(channel: ConsumedChannel, name: string, schedule: Schedule): AnyProperty {
  const read = async (options: UseOptions = {}): Promise<unknown> => {
    const { value } = await channel.request({ op: 'readproperty', name, ...options });
    if (value === undefined) throw new ThingError('protocol', `The answer to readproperty '${name}' has no value`);
    return value;
  };
  const values = createValues(channel, name, schedule).pipe(share({ connector: () => new ReplaySubject(1) }));
  return Object.assign(values, {
    read,
    write: async (value: unknown, options: UseOptions = {}) =>
      (await channel.request({ op: 'writeproperty', name, value, ...options })).value,
  });
}

/** Observes, then reads, then merges; after a gap it reads anew. */
function createValues(channel: ConsumedChannel, name: string, schedule: Schedule): Observable<unknown> {
  return new Observable((subscriber) => {
    let notified = 0;
    let reads = 0;
    /** When the value was measured that was read last; 0 once a later notification has come. */
    let readTime = 0;
    let cancelRetry = (): void => {};

    const read = (): void => {
      const mine = ++reads;
      cancelRetry();
      const before = notified;
      // What was notified meanwhile may be newer than the answer, and another change would be notified again.
      const isCurrent = (): boolean => mine === reads && before === notified && !subscriber.closed;
      channel.request({ op: 'readproperty', name }).then(
        ({ value, time }) => {
          if (value === undefined || !isCurrent()) return;
          readTime = microsecondsOf(time);
          subscriber.next(value);
        },
        (error: unknown) => {
          if (!isCurrent()) return;
          channel.log.debug({ property: name, error }, 'the present value could not be read');
          if (error instanceof ThingError && UNANSWERED.has(error.code)) cancelRetry = schedule(read, RETRY);
        },
      );
    };
    const take = ({ value, time }: Notification): void => {
      const age = readTime - microsecondsOf(time);
      if (readTime > 0 && age > 0 && age < LATE) return;
      readTime = 0;
      notified++;
      cancelRetry();
      subscriber.next(value);
    };
    const subscription = channel
      .observe({ op: 'observeproperty', name }, (opening) => {
        if (opening !== 'complete') read();
      })
      .subscribe({
        next: take,
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    return () => {
      subscription.unsubscribe();
      cancelRetry();
    };
  });
}

/** Microseconds since 1970 of a time of RFC 3339; 0 for what is none. */
function microsecondsOf(time = ''): number {
  const [, digits = ''] = /\.\d{3}(\d{1,3})/.exec(time) ?? [];
  return (Date.parse(time) || 0) * 1000 + Number(digits.padEnd(3, '0'));
}
