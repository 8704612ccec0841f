import { setTimeout as wait } from 'node:timers/promises';
import type { ConsumedThing } from '@thingwright/client';
import { type BackOff, type Log, ThingError } from '@thingwright/core';
import {
  BehaviorSubject,
  distinctUntilChanged,
  EMPTY,
  filter,
  type Observable,
  retry,
  switchMap,
  take,
  timer,
} from 'rxjs';

/** What a {@link ForeignLink} is made of. */
export interface ForeignLinkParts {
  readonly title: string;
  /** Reaches the Thing. Rejects with a ThingError. */
  readonly consume: (signal: AbortSignal) => Promise<ConsumedThing>;
  readonly backOff: BackOff;
  readonly log: Log;
}

/** A foreign Thing that comes and goes. */
export interface ForeignLink extends AsyncDisposable {
  /** Begins to reach it, again and again; later calls do nothing. */
  open(): void;
  /** Does something with it. Rejects with a ThingError that speaks of it and not of our caller: `unavailable` while it is away. */
  ask<T>(what: string, question: (thing: ConsumedThing) => Promise<T>): Promise<T>;
  /** What comes of it whenever it is there. */
  follow(stream: (thing: ConsumedThing) => Observable<unknown> | undefined): Observable<unknown>;
}

/** Makes a link that is not open yet. */
export function createForeignLink({ title, consume, backOff, log }: ForeignLinkParts): ForeignLink {
  const closing = new AbortController();
  const present = new BehaviorSubject<ConsumedThing | undefined>(undefined);
  let trouble: unknown;
  let running: Promise<void> | undefined;

  const reach = async (): Promise<void> => {
    const thing = await consume(closing.signal);
    present.next(thing);
    // It comes back by itself after an interruption; it is over where it was refused.
    await new Promise<void>((resolve) => {
      thing.connection
        .pipe(
          filter(({ state }) => state === 'closed'),
          take(1),
        )
        .subscribe({
          next: ({ error }) => {
            trouble = error;
          },
          complete: resolve,
        });
    });
    present.next(undefined);
    await thing.close();
  };

  const run = async (): Promise<void> => {
    for (let failures = 1; !closing.signal.aborted; failures++) {
      try {
        await reach();
        failures = 0;
      } catch (error) {
        trouble = error;
        log.debug({ thing: title, error }, 'a foreign Thing cannot be reached');
      }
      await wait(backOff(Math.max(failures, 1)), undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };

  return {
    open() {
      running ??= run();
    },
    async ask(what, question) {
      const thing = present.value;
      if (!thing) throw new ThingError('unavailable', `${what}: '${title}' cannot be reached`, { cause: trouble });
      try {
        return await question(thing);
      } catch (error) {
        throw relayed(error, what);
      }
    },
    follow: (stream) =>
      present.pipe(
        distinctUntilChanged(),
        switchMap((thing) => (thing && stream(thing)) ?? EMPTY),
        retry({
          delay: (error: unknown, attempts) => {
            log.debug({ thing: title, error }, 'a foreign Thing cannot be followed; another attempt is made');
            return timer(backOff(attempts));
          },
          resetOnSuccess: true,
        }),
      ),
    async [Symbol.asyncDispose]() {
      closing.abort(new ThingError('aborted', `'${title}' was released`));
      await present.value?.close();
      await running;
      present.complete();
    },
  };
}

/** Refusals that are ours to hand on; whatever else goes wrong over there is no fault of our caller's. */
const HANDED_ON: ReadonlySet<string> = new Set(['invalid', 'conflict', 'tooLarge', 'timeout', 'failed', 'aborted']);
const AWAY: ReadonlySet<string> = new Set([
  ...['unavailable', 'disconnected', 'tooMany', 'protocol', 'unauthenticated', 'forbidden'],
]);

function relayed(error: unknown, what: string): ThingError {
  if (!(error instanceof ThingError)) return new ThingError('failed', `${what} has failed`, { cause: error });
  if (HANDED_ON.has(error.code)) return error;
  const { detail, retryAfter } = error;
  return new ThingError(AWAY.has(error.code) ? 'unavailable' : 'failed', `${what}: ${detail}`, {
    cause: error,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
