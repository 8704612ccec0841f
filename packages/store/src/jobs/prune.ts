import type { Kysely } from 'kysely';
import type { Tables } from '../tables.js';
import { PASSING } from './blocks.js';
import type { Tail } from './tails.js';

/** It is done each time that so many parts of what the journal keeps are new, for to look takes time. */
const PARTS = 4;

/** Drops what only the journal has kept of a Thing and has no room for any more; gives how the Thing stands then. */
export async function dropPassing(db: Kysely<Tables>, tail: Tail, journal: number): Promise<Tail> {
  const { thing, changes, pruned, floor } = tail;
  if (changes - pruned < journal / PARTS || changes <= journal) return tail;
  const dropped = await db
    .deleteFrom('blocks')
    .where('thing', '=', thing)
    .where('class', '=', PASSING)
    .where('number', '<=', changes - journal)
    .returning('until')
    .execute();
  return { ...tail, pruned: changes, floor: dropped.reduce((most, { until }) => Math.max(most, until), floor) };
}
