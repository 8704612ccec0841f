import type { Kysely } from 'kysely';
import { changeAt, type ReadChange } from '../change-cursor.js';
import type { Engine } from '../engine/engine.js';
import type { ChangeColumns } from '../group.js';
import type { Tables } from '../tables.js';
import { CONTENT, type Content, cursorOf } from './blocks.js';
import { recentAfter } from './read-recent.js';
import { readBounds } from './tails.js';

/** Which changes of a Thing are asked for. Moments are microseconds since 1970. */
export interface ChangesWanted {
  readonly thing: number;
  /** The moment of a change that has to be there; those after it are wanted. */
  readonly after: number;
  /** Those before this moment. */
  readonly before: number;
  /** More than so many are as good as none. */
  readonly most: number;
  /** Those that were not settled before this was asked. */
  readonly recent: ChangeColumns;
}

/** The changes, oldest first; undefined if the one of that moment is not there, if some no longer are, or if there are too many. */
export async function readChanges(
  { db }: Engine,
  { thing, after, before, most, recent }: ChangesWanted,
): Promise<readonly ReadChange[] | undefined> {
  const cursors = await db.transaction().execute(async (transaction) => {
    const { last, floor } = await readBounds(transaction, thing);
    if (after < floor) return undefined;
    const count = await countBetween(transaction, { thing, after, before });
    if (count > most) return undefined;
    const blocks = await readBlocks(transaction, { thing, after, before });
    return [...blocks.map(cursorOf), recentAfter(recent, last)];
  });
  if (!cursors) return undefined;
  const found: ReadChange[] = [];
  for (const cursor of cursors) {
    while (cursor.next()) {
      if (cursor.micros >= after && cursor.micros < before) found.push(changeAt(cursor));
    }
  }
  found.sort((a, b) => a.micros - b.micros);
  if (found.length > most + 1 || found[0]?.micros !== after) return undefined;
  return found.slice(1);
}

type Span = Pick<ChangesWanted, 'thing' | 'after' | 'before'>;

/** Of the blocks that lie in the span as a whole. */
async function countBetween(db: Kysely<Tables>, { thing, after, before }: Span): Promise<number> {
  const { sum } = await db
    .selectFrom('blocks')
    .select((e) => e.fn.sum<number | null>('count').as('sum'))
    .where('thing', '=', thing)
    .where('start', '>', after)
    .where('until', '<', before)
    .executeTakeFirstOrThrow();
  return sum ?? 0;
}

function readBlocks(db: Kysely<Tables>, { thing, after, before }: Span): Promise<readonly Content[]> {
  return db
    .selectFrom('blocks')
    .select(CONTENT)
    .where('thing', '=', thing)
    .where('start', '<', before)
    .where('until', '>=', after)
    .orderBy('start')
    .execute();
}
