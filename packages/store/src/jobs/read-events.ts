import type { Kysely } from 'kysely';
import { changesOf, parseRows, type ReadChange } from '../change-text.js';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../tables.js';
import { GROWING, PASSING, unpack } from './pack-blocks.js';

/** Which occurrences of a Thing's events are asked for: the latest `most`. */
export interface EventsWanted {
  readonly thing: number;
  /** Keys of their names. */
  readonly names: readonly number[];
  /** Microseconds since 1970: none before this moment. */
  readonly from: number;
  readonly most: number;
  /** Whether some may still be in the log. */
  readonly log: boolean;
}

/** What is looked at, at most: of a Thing that changes very much, only the last minutes. */
const BLOCKS = 64;

/** The occurrences, oldest first. */
export async function readEvents({ db }: Engine, wanted: EventsWanted): Promise<readonly ReadChange[]> {
  const { names, from, most } = wanted;
  const texts = await db.transaction().execute((transaction) => textsOf(transaction, wanted));
  const chosen = new Set(names);
  const found: ReadChange[] = [];
  for (const text of texts) {
    if (found.length >= most) break;
    for (const change of changesOf(parseRows(text()))) {
      if (chosen.has(change.name) && change.micros >= from) found.push(change);
    }
  }
  return found.sort((a, b) => a.micros - b.micros).slice(-most);
}

/** Newest first; each is only made when its turn comes. What lasts as a history holds no events. */
async function textsOf(db: Kysely<Tables>, { thing, from, log }: EventsWanted): Promise<(() => string)[]> {
  const blocks = await db
    .selectFrom('blocks')
    .select(['text', 'packed'])
    .where('thing', '=', thing)
    .where('class', 'in', [GROWING, PASSING])
    .where('until', '>=', from)
    .orderBy('start', 'desc')
    .limit(BLOCKS)
    .execute();
  const settled = blocks.map(
    ({ text, packed }) =>
      () =>
        packed ? unpack(packed) : (text ?? ''),
  );
  if (!log) return settled;
  const rows = await db.selectFrom('log').select('text').where('thing', '=', thing).orderBy('id', 'desc').execute();
  return [() => rows.map(({ text }) => text).join(','), ...settled];
}
