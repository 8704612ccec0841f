import type { Kysely } from 'kysely';
import { changeAt, type ReadChange } from '../change-cursor.js';
import { TextCursor } from '../change-text.js';
import type { Engine } from '../engine/engine.js';
import type { ChangeColumns } from '../group.js';
import type { Tables } from '../tables.js';
import { unpack } from './pack-blocks.js';
import { recentAfter, settledUntil } from './read-recent.js';

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

/** The changes, oldest first; undefined if the one of that moment is not there, or if there are too many. */
export async function readChanges(
  { db }: Engine,
  { thing, after, before, most, recent }: ChangesWanted,
): Promise<readonly ReadChange[] | undefined> {
  const cursors = await db.transaction().execute(async (transaction) => {
    const count = await countBetween(transaction, { thing, after, before });
    if (count > most) return undefined;
    const blocks = await blockTexts(transaction, { thing, after, before });
    const later = recentAfter(recent, await settledUntil(transaction, thing));
    return [...blocks.map((text) => new TextCursor(text)), later];
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

async function blockTexts(db: Kysely<Tables>, { thing, after, before }: Span): Promise<readonly string[]> {
  const blocks = await db
    .selectFrom('blocks')
    .select(['text', 'packed'])
    .where('thing', '=', thing)
    .where('start', '<', before)
    .where('until', '>=', after)
    .orderBy('start')
    .execute();
  return blocks.map(({ text, packed }) => (packed ? unpack(packed) : (text ?? '')));
}
