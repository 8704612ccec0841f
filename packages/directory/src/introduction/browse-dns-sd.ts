import { type Now, sameValue } from '@thingwright/core';
import { asyncScheduler, BehaviorSubject, merge, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { DIRECTORIES, SERVICE } from './dns-sd.js';
import { type Introduction, mergeIntroductions } from './introduction.js';
import type { MulticastLink } from './multicast-link.js';
import { createServiceTable, type ServiceTableLimits } from './service-table.js';

/** Things and directories that announce themselves on a link. Disposing stops looking; the links stay open. */
export interface Browser extends Disposable {
  /** Those of now, and again whenever they change. */
  readonly introductions: Observable<readonly Introduction[]>;
  /** Asks once more, now. */
  search(): void;
}

/** How one browses. */
export interface BrowseOptions extends ServiceTableLimits {
  readonly now?: Now;
  /** Timers; for tests. */
  readonly scheduler?: SchedulerLike;
}

/** Milliseconds from a question to the next one; each pause is twice the one before (RFC 6762, section 5.2). */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 3_600_000;
/** Milliseconds between two looks at what has ended, and what is missing. */
const SWEEP = 1000;
/** Milliseconds between two searches that somebody asks for. */
const LEAST = 1000;

/** Browses `_wot._tcp` and its directories by DNS-SD (WoT Discovery, section 6.3; RFC 6763), on all of the links. */
export function browseDnsSD(links: readonly MulticastLink[], options: BrowseOptions = {}): Browser {
  const { now = Date.now, scheduler = asyncScheduler } = options;
  const introductions = new BehaviorSubject<readonly Introduction[]>([]);
  const tables = links.map((link) => ({ link, table: createServiceTable(options) }));
  const work: Subscription[] = [];
  let pause = FIRST_PAUSE;
  let asked = now();

  const ask = (): void => {
    asked = now();
    for (const { link, table } of tables) {
      const pointers = [SERVICE, DIRECTORIES].map((name) => ({ name, type: 'PTR' as const }));
      link.ask(pointers, table.known());
    }
  };
  const publish = (): void => {
    const all = mergeIntroductions(...tables.map(({ table }) => table.introductions()));
    if (!sameValue(all, introductions.value)) introductions.next(all);
  };
  const sweep = (): void => {
    for (const { link, table } of tables) {
      table.expire();
      const questions = table.questions();
      if (questions.length > 0) link.ask(questions);
    }
    publish();
    if (now() - asked >= pause) {
      pause = Math.min(2 * pause, LONGEST_PAUSE);
      ask();
    }
  };

  for (const { link, table } of tables) {
    work.push(
      link.messages.subscribe(({ kind, records, from }) => {
        if (kind !== 'response') return;
        table.hear(records, from);
        publish();
      }),
    );
  }
  ask();
  work.push(
    scheduler.schedule(function again() {
      sweep();
      this.schedule(undefined, SWEEP);
    }, SWEEP),
  );
  work.push(merge(...links.map(({ messages }) => messages)).subscribe({ complete: () => introductions.complete() }));

  return {
    introductions: introductions.asObservable(),
    search() {
      if (now() - asked < LEAST) return;
      pause = FIRST_PAUSE;
      ask();
    },
    [Symbol.dispose]() {
      for (const one of work) one.unsubscribe();
      introductions.complete();
    },
  };
}
