import type { Kysely, Selectable } from 'kysely';
import type { Tables } from '../tables.js';

/** How a Thing stands. */
export type Tail = Selectable<Tables['tails']>;

/** Reads how some Things stand, by their keys. */
export async function readTails(db: Kysely<Tables>, things: readonly number[]): Promise<ReadonlyMap<number, Tail>> {
  const tails = await db.selectFrom('tails').selectAll().where('thing', 'in', things).execute();
  return new Map(tails.map((tail) => [tail.thing, tail]));
}

/** Of a Thing of which nothing was settled. */
export const newTail = (thing: number): Tail => ({
  thing,
  last: 0,
  latest: '{}',
  open_start: 0,
  open_length: 0,
  open_total: 0,
  passing_start: 0,
  passing_length: 0,
  changes: 0,
  pruned: 0,
  floor: 0,
});

/** Writes how some Things stand. */
export async function writeTails(db: Kysely<Tables>, tails: readonly Tail[]): Promise<void> {
  if (tails.length === 0) return;
  await db
    .insertInto('tails')
    .values(tails)
    .onConflict((conflict) =>
      conflict.column('thing').doUpdateSet(({ ref }) => ({
        last: ref('excluded.last'),
        latest: ref('excluded.latest'),
        open_start: ref('excluded.open_start'),
        open_length: ref('excluded.open_length'),
        open_total: ref('excluded.open_total'),
        passing_start: ref('excluded.passing_start'),
        passing_length: ref('excluded.passing_length'),
        changes: ref('excluded.changes'),
        pruned: ref('excluded.pruned'),
        floor: ref('excluded.floor'),
      })),
    )
    .execute();
}

/** Moments of a Thing, microseconds since 1970. */
export interface Bounds {
  /** Up to this one, all of its changes are in blocks. */
  readonly last: number;
  /** Up to this one, some are no longer there. */
  readonly floor: number;
}

/** Reads the bounds of a Thing. */
export async function readBounds(db: Kysely<Tables>, thing: number): Promise<Bounds> {
  const tail = await db.selectFrom('tails').select(['last', 'floor']).where('thing', '=', thing).executeTakeFirst();
  return tail ?? { last: 0, floor: 0 };
}
