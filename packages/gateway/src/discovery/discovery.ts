import { type BackOff, createBackOff, type Log, sameValue, ThingError } from '@thingwright/core';
import type { Declined } from '@thingwright/store';
import { BehaviorSubject, combineLatest, distinctUntilChanged, map, type Observable, throttle, timer } from 'rxjs';
import type { AdoptedThing } from '../adoption/adoptions.js';
import { createTurns } from '../turns.js';
import type { AdoptFoundRequest, Finder, Found } from './finder.js';
import type { WotFinder } from './wot-finder.js';

/** What a gateway finds, and what becomes of it. Disposing stops looking. */
export interface Discovery extends AsyncDisposable {
  /** Lets the policy adopt from now on: what was adopted before has to be known by then. */
  begin(): void;
  /** All that is there now, and again when that changes; four times a second at most, a long list less often. */
  readonly discovered: Observable<Found[]>;
  /** The same at this moment. */
  list(): Found[];
  /**
   * Looks once more, or at a server that somebody names: the URL of a Thing Description, or of a server alone. Gives what is there.
   * @throws ThingError `invalid` for what is no URL of HTTP.
   */
  discover(url?: string): Promise<Found[]>;
  /** Makes something found a Thing. @throws ThingError `notFound`, `conflict`, and what adopting throws. */
  adopt(key: string, request: AdoptFoundRequest): Promise<AdoptedThing>;
  /**
   * Somebody is about to let go of the Thing of that name: from now on, and after a restart, the policy leaves alone what it was found as.
   * @throws ThingError `unavailable`.
   */
  decline(name: string): Promise<void>;
}

/** What a discovery is made of. */
export interface DiscoveryParts {
  readonly web: WotFinder;
  readonly others: readonly Finder[];
  /** The policy: whether what is found becomes a Thing at once. */
  readonly adoptsAll: boolean;
  /** What was declined before, and where what is declined from now on is kept. */
  readonly declined: { readonly before: readonly string[]; readonly kept: Pick<Declined, 'add'> };
  readonly log: Log;
  readonly backOff?: BackOff;
}

/**
 * Milliseconds between two lists: for each entry of a long one so many, for each list is kept for readers that come back, and strangers, who can
 * change it without end, shall not fill a disk with it.
 */
const PAUSE = { least: 250, each: 100, most: 30_000 };

/** Begins to look; the policy does not adopt yet. */
export function createDiscovery(parts: DiscoveryParts): Discovery {
  const { web, others, adoptsAll } = parts;
  const declined = new Set(parts.declined.before);
  const finders: readonly Finder[] = [web, ...others];
  const latest = new BehaviorSubject<Found[]>([]);
  const looking = combineLatest(finders.map(({ found }) => found))
    .pipe(map((lists) => lists.flat()))
    .subscribe(latest);
  const all = latest.pipe(
    throttle(({ length }) => timer(pauseAfter(length)), { leading: true, trailing: true }),
    distinctUntilChanged<Found[]>(sameValue),
  );

  const adopt = async (key: string, request: AdoptFoundRequest): Promise<AdoptedThing> => {
    for (const finder of finders) {
      try {
        return await finder.adopt(key, request);
      } catch (error) {
        if (!(error instanceof ThingError && error.code === 'notFound')) throw error;
      }
    }
    throw new ThingError('notFound', `Nothing was found with the key '${key}'`);
  };
  let policy: AsyncDisposable | undefined;

  return {
    begin() {
      if (adoptsAll) policy ??= adoptAtOnce(all, { ...parts, adopt, declined });
    },
    discovered: all,
    list: () => latest.value,
    async discover(url) {
      if (url !== undefined) return [...(await web.look(url))];
      for (const finder of finders) finder.search();
      return latest.value;
    },
    adopt,
    async decline(name) {
      for (const finder of finders) {
        const key = finder.keyOf(name);
        if (key === undefined) continue;
        // Before it is kept: it may be found again at any moment.
        declined.add(key);
        await parts.declined.kept.add(key);
      }
    },
    async [Symbol.asyncDispose]() {
      await policy?.[Symbol.asyncDispose]();
      looking.unsubscribe();
      await Promise.all(finders.map((finder) => finder[Symbol.asyncDispose]()));
    },
  };
}

const pauseAfter = (entries: number): number => Math.min(Math.max(PAUSE.least, entries * PAUSE.each), PAUSE.most);

/** What the policy works with. */
interface PolicyParts extends Pick<DiscoveryParts, 'backOff' | 'log'> {
  readonly adopt: Discovery['adopt'];
  /** The keys of what it leaves alone. */
  readonly declined: ReadonlySet<string>;
}

/**
 * Adopts what can be, one after the other; what fails is tried again after growing pauses. What a person has let go of stays away, or else it
 * would be back before they look.
 */
function adoptAtOnce(
  all: Observable<readonly Found[]>,
  { adopt, declined, log, backOff = createBackOff({ minimum: 5000, maximum: 600_000 }) }: PolicyParts,
): AsyncDisposable {
  const inTurn = createTurns();
  const underWay = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  let present: readonly Found[] = [];
  let isClosed = false;

  const isWanted = ({ key, kind, state }: Found): boolean =>
    state === 'found' && kind !== 'directory' && !declined.has(key) && !underWay.has(key) && !timers.has(key);

  const failed = (found: Found, error: unknown): void => {
    const { key, title } = found;
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const pause = backOff(count);
    log.warn({ error, found: key, title, pause }, 'what was found cannot be adopted; another attempt is made');
    const timer = setTimeout(() => {
      timers.delete(key);
      begin();
    }, pause);
    timers.set(key, timer.unref());
  };
  const take = async (found: Found): Promise<void> => {
    try {
      if (isClosed || declined.has(found.key)) return;
      await adopt(found.key, {});
      failures.delete(found.key);
    } catch (error) {
      if (!isClosed) failed(found, error);
    } finally {
      underWay.delete(found.key);
    }
  };
  const begin = (): void => {
    for (const found of present.filter(isWanted)) {
      underWay.add(found.key);
      void inTurn(() => take(found));
    }
  };
  const forget = (keys: ReadonlySet<string>): void => {
    for (const [key, timer] of timers) {
      if (keys.has(key)) continue;
      clearTimeout(timer);
      timers.delete(key);
      failures.delete(key);
    }
  };

  const watching = all.subscribe((list) => {
    present = list;
    forget(new Set(list.map(({ key }) => key)));
    begin();
  });
  return {
    async [Symbol.asyncDispose]() {
      isClosed = true;
      watching.unsubscribe();
      forget(new Set());
      await inTurn(async () => undefined);
    },
  };
}
