import { type Log, type Now, ThingError } from '@thingwright/core';
import {
  type Browser,
  createExplorer,
  type Explored,
  type FetchDocument,
  type FetchText,
  type Introduction,
  introduceServer,
  mergeIntroductions,
} from '@thingwright/directory/introduction';
import { BehaviorSubject, combineLatest, map, type Subscription } from 'rxjs';
import type { Adoptions } from '../adoption/adoptions.js';
import { createTurns } from '../turns.js';
import type { Finder, Found } from './finder.js';

/** Finds Things by W3C WoT Discovery. */
export interface WotFinder extends Finder {
  /** Looks at a server that somebody names, and gives what is there. @throws ThingError `invalid` for what is no URL of HTTP. */
  look(url: string): Promise<readonly Found[]>;
}

/** What it looks with. */
export interface WotFinderParts {
  /** Who announces itself on the network; absent: nobody is listened to. */
  readonly browser?: Browser | undefined;
  /** Servers that are looked at from the start. */
  readonly urls?: readonly string[];
  readonly fetchDocument: FetchDocument;
  readonly fetchText: FetchText;
  readonly adoptions: Pick<Adoptions, 'adopt' | 'get' | 'things'>;
  /** The id of the gateway, which finds itself too. */
  readonly gatewayID: string;
  readonly log: Log;
  readonly now?: Now;
  /** Milliseconds after which what could not be had is asked for again; default 60,000. */
  readonly retryAfter?: number;
}

/** What is shown of all that was explored. */
const MOST = 500;
/** Servers that somebody named; the first one gives way. */
const MOST_NAMED = 64;
const MOST_TITLE = 200;
const MOST_REASON = 500;
const RETRY_AFTER = 60_000;

/** What is kept of what was explored: a Thing Description may be long, and is fetched again when it is adopted. */
interface Entry {
  readonly url: string;
  /** The URL of the introduction that led here. */
  readonly introduced: string;
  readonly since: string;
  readonly facts: Pick<Found, 'kind' | 'title'> | undefined;
  /** Why there are no facts. */
  readonly reason: string;
}

/** Begins to look. */
export function createWotFinder(parts: WotFinderParts): WotFinder {
  const { browser, urls = [], fetchText, adoptions, gatewayID, log, now = Date.now } = parts;
  const explorer = createExplorer(parts.fetchDocument);
  const closing = new AbortController();
  const inTurn = createTurns();
  /** Who asks for a server does not wait for all those that announce themselves, some of which take their time. */
  const inTurnOfPeople = createTurns();
  const entries = new BehaviorSubject<ReadonlyMap<string, Entry>>(new Map());
  /** By the URL of an introduction. */
  const named = new Map<string, Introduction>();
  let announced: readonly Introduction[] = [];
  let introduced: ReadonlyMap<string, Introduction> = new Map();
  const work: Subscription[] = [];
  let isRetrying = false;

  const keep = (explored: Explored): void => {
    const { url, introduced: from } = explored;
    if (explored.found && explored.td.id === gatewayID) return;
    const since = entries.value.get(url)?.since ?? new Date(now()).toISOString();
    const all = new Map([...entries.value, [url, { url, introduced: from, since, ...factsOf(explored) }]]);
    if (all.size > MOST) all.delete(surplusOf(all));
    entries.next(all);
  };
  const explore = (introductions: readonly Introduction[], turns = inTurn): Promise<void> =>
    turns(async () => {
      const there = introductions.filter(({ url }) => introduced.has(url));
      for await (const one of explorer.explore(there, { signal: closing.signal })) {
        if (closing.signal.aborted) return;
        if (introduced.has(one.introduced)) keep(one);
      }
    });
  /** Lets what those introductions led to be asked for again. */
  const renew = (urls: ReadonlySet<string>): void => {
    for (const { url, introduced: from } of entries.value.values()) if (urls.has(from)) explorer.forget(url);
    for (const url of urls) explorer.forget(url);
  };
  /** Looks at what is new, and forgets what nobody introduces any more. */
  const update = (): readonly Introduction[] => {
    const before = introduced;
    introduced = new Map(mergeIntroductions([...named.values()], announced).map((one) => [one.url, one]));
    renew(new Set([...before.keys()].filter((url) => !introduced.has(url))));
    const left = [...entries.value].filter(([, entry]) => introduced.has(entry.introduced));
    if (left.length < entries.value.size) entries.next(new Map(left));
    return [...introduced.values()].filter(({ url }) => !before.has(url));
  };
  /** Asks again for what could not be had, and for what an exploration did not come to; the rest stays as it is. */
  const retry = async (): Promise<void> => {
    if (isRetrying) return;
    isRetrying = true;
    const failed = [...entries.value.values()].filter(({ facts }) => !facts);
    renew(new Set(failed.map((one) => one.introduced)));
    await explore([...introduced.values()]).finally(() => {
      isRetrying = false;
    });
  };
  const name = async (url: string): Promise<readonly Introduction[]> => {
    const introductions = await introduceServer(url, { fetchText, signal: closing.signal }).catch((error: unknown) => {
      throw new ThingError('invalid', `'${url}' is no URL of a server: http and https are asked`, { cause: error });
    });
    for (const one of introductions) {
      if (named.size >= MOST_NAMED) named.delete(named.keys().next().value ?? '');
      named.set(one.url, one);
    }
    return introductions;
  };
  const toFound = ({ url, introduced: from, since, facts, reason }: Entry, local: string | undefined): Found => {
    const introduction = introduced.get(from);
    const shown = facts ?? { kind: 'thing', title: introduction?.label ?? url };
    const base = { key: url, address: url, source: introduction?.mechanism ?? 'direct', since, ...shown };
    if (local !== undefined) return { ...base, state: 'adopted', name: local };
    return facts ? { ...base, state: 'found' } : { ...base, state: 'unreachable', reason };
  };

  const found = new BehaviorSubject<readonly Found[]>([]);
  work.push(
    combineLatest({ entries, things: adoptions.things })
      .pipe(
        map(({ entries: known, things }) => {
          const adoptedAs = new Map(things.map(({ source = '', name: local }) => [source, local]));
          return [...known.values()].map((entry) => toFound(entry, adoptedAs.get(entry.url)));
        }),
      )
      .subscribe(found),
  );
  if (browser) {
    work.push(
      browser.introductions.subscribe((list) => {
        announced = list;
        void explore(update());
      }),
    );
  }
  void Promise.all(
    urls.map((url) =>
      name(url).catch((error: unknown) => {
        log.warn({ url, error }, 'a server that shall be looked at is none');
      }),
    ),
  ).then(() => explore(update()));
  const retrying = setInterval(() => void retry(), parts.retryAfter ?? RETRY_AFTER).unref();

  return {
    found: found.asObservable(),
    search() {
      browser?.search();
      void retry();
    },
    async look(url) {
      const known = new Set(named.keys());
      const introductions = await name(url);
      const looked = new Set(introductions.map((one) => one.url));
      update();
      renew(looked);
      await explore(
        [...looked].flatMap((one) => introduced.get(one) ?? []),
        inTurnOfPeople,
      );
      const seen = found.value.filter(({ key }) => looked.has(entries.value.get(key)?.introduced ?? ''));
      // Whoever looks is told that there is nothing; it need not be told again and again.
      const isEmpty = seen.every(({ state }) => state === 'unreachable');
      if (isEmpty) for (const one of looked) if (!known.has(one)) named.delete(one);
      update();
      return seen;
    },
    keyOf: (name) => adoptions.get(name)?.source,
    async adopt(key, request) {
      const entry = found.value.find((one) => one.key === key);
      if (!entry) throw new ThingError('notFound', `No Thing was found at ${key}`);
      if (entry.name !== undefined) throw new ThingError('conflict', `${key} is adopted already, as '${entry.name}'`);
      return adoptions.adopt({ ...request, url: key });
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      clearInterval(retrying);
      for (const one of work) one.unsubscribe();
      await Promise.all([inTurn, inTurnOfPeople].map((turns) => turns(async () => undefined)));
      found.complete();
      entries.complete();
    },
  };
}

/** The URL of what gives way: the latest of the introduction that led to most, or one endless directory would hide all others. */
function surplusOf(entries: ReadonlyMap<string, Entry>): string {
  const counts = new Map<string, number>();
  for (const { introduced } of entries.values()) counts.set(introduced, (counts.get(introduced) ?? 0) + 1);
  const [largest] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one), ['', 0]);
  return [...entries.values()].findLast(({ introduced }) => introduced === largest)?.url ?? '';
}

function factsOf(explored: Explored): Pick<Entry, 'facts' | 'reason'> {
  if (!explored.found) return { facts: undefined, reason: explored.error.detail.slice(0, MOST_REASON) };
  const { td, kind, url } = explored;
  const title = typeof td.title === 'string' && td.title !== '' ? td.title : url;
  return {
    facts: { kind: kind === 'Directory' ? 'directory' : 'thing', title: title.slice(0, MOST_TITLE) },
    reason: '',
  };
}
