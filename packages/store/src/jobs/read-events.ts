import type { Kysely } from 'kysely';
import { type ChangeCursor, changeAt, type ReadChange } from '../change-cursor.js';
import type { Engine } from '../engine/engine.js';
import type { ChangeColumns } from '../group.js';
import type { Tables } from '../tables.js';
import { CONTENT, cursorOf, PASSING } from './blocks.js';
import { recentAfter } from './read-recent.js';
import { readBounds } from './tails.js';

/** Which occurrences of a Thing's events are asked for: the latest `most`. */
export interface EventsWanted {
  readonly thing: number;
  /** Keys of their names. */
  readonly names: readonly number[];
  /** Microseconds since 1970: none before this moment. */
  readonly from: number;
  readonly most: number;
  /** Those that were not settled before this was asked. */
  readonly recent: ChangeColumns;
}

/** What is looked at, at most: of a Thing that changes very much, only the last minutes. */
const BLOCKS = 256;

/** The occurrences, oldest first. */
export async function readEvents({ db }: Engine, wanted: EventsWanted): Promise<readonly ReadChange[]> {
  const { names, from, most } = wanted;
  const sources = await db.transaction().execute((transaction) => sourcesOf(transaction, wanted));
  const chosen = new Set(names);
  const found: ReadChange[] = [];
  for (const source of sources) {
    if (found.length >= most) break;
    const cursor = source();
    while (cursor.next()) if (chosen.has(cursor.name) && cursor.micros >= from) found.push(changeAt(cursor));
  }
  return found.sort((a, b) => a.micros - b.micros).slice(-most);
}

/** Newest first; each is only made when its turn comes. What lasts as a history holds no events. */
async function sourcesOf(
  db: Kysely<Tables>,
  { thing, from, recent }: EventsWanted,
): Promise<readonly (() => ChangeCursor)[]> {
  const blocks = await db
    .selectFrom('blocks')
    .select(CONTENT)
    .where('thing', '=', thing)
    .where('class', '=', PASSING)
    .where('until', '>=', from)
    .orderBy('start', 'desc')
    .limit(BLOCKS)
    .execute();
  const { last } = await readBounds(db, thing);
  return [() => recentAfter(recent, last), ...blocks.map((block) => () => cursorOf(block))];
}
