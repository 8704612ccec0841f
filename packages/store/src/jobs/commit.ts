import type { Kysely } from 'kysely';
import type { Engine } from '../engine/engine.js';
import { StoreError } from '../engine/store-error.js';
import type { Group } from '../group.js';
import { encodeSegment } from '../segment.js';
import type { Tables } from '../tables.js';
import { compareWithLog } from './compare-with-log.js';
import { portions } from './portions.js';

/** Rows of one insert. */
const ROWS = 100;

/** Bytes of changes that may wait to be settled: many times of what is settled at once, and no danger to the memory. */
const MOST_UNSETTLED = 2 ** 29;

/**
 * Writes a group in one transaction, unless that was done before and nobody heard of it.
 * @throws StoreError `unavailable` also while far too much waits to be settled.
 */
export async function commit(engine: Engine, group: Group): Promise<void> {
  const { db, unsettled } = engine;
  if (unsettled.bytes > MOST_UNSETTLED) throw new StoreError('unavailable', 'What was written is not put in its place');
  await compareWithLog(engine);
  const id = unsettled.nextID();
  try {
    const isNew = await db.transaction().execute((transaction) => writeOnce(transaction, group, id));
    if (isNew && group.changes.micros.length > 0) unsettled.add(id, group.changes);
  } catch (error) {
    unsettled.doubt();
    throw error;
  }
}

/** Tells whether it had to be written; its changes get that key in the log. */
async function writeOnce(db: Kysely<Tables>, group: Group, id: number): Promise<boolean> {
  const { run, number, changes } = group;
  const written = await db.selectFrom('written').select(['run', 'number']).executeTakeFirst();
  if (written && written.run === run && written.number >= number) return false;
  await writeGroup(db, group);
  const mark = { one: 1, run, number };
  await db
    .insertInto('written')
    .values(mark)
    .onConflict((conflict) => conflict.column('one').doUpdateSet(mark))
    .execute();
  if (changes.micros.length === 0) return true;
  await db
    .insertInto('log')
    .values({ id, ...encodeSegment(changes) })
    .execute();
  return true;
}

async function writeGroup(db: Kysely<Tables>, group: Group): Promise<void> {
  const { things, names, forgottenThings, forgottenInvocations, holes } = group;
  for (const rows of portions(things, ROWS)) await db.insertInto('things').values(rows).execute();
  for (const rows of portions(names, ROWS)) await db.insertInto('names').values(rows).execute();
  for (const rows of portions(group.invocations, ROWS)) {
    await db
      .insertInto('invocations')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          state: ref('excluded.state'),
          cancelled: ref('excluded.cancelled'),
          kept: ref('excluded.kept'),
          ended: ref('excluded.ended'),
        })),
      )
      .execute();
  }
  for (const rows of portions(group.audit, ROWS)) await db.insertInto('audit').values(rows).execute();
  for (const ids of portions(forgottenInvocations, ROWS)) {
    await db.deleteFrom('invocations').where('id', 'in', ids).execute();
  }
  for (const keys of portions(forgottenThings, ROWS)) await forgetThings(db, keys);
  if (holes.length > 0) await db.insertInto('holes').values(holes).execute();
}

/** What is left in the log of a Thing without a row is left out when it is settled. */
async function forgetThings(db: Kysely<Tables>, keys: readonly number[]): Promise<void> {
  await db.deleteFrom('blocks').where('thing', 'in', keys).execute();
  await db.deleteFrom('minutes').where('thing', 'in', keys).execute();
  await db.deleteFrom('tails').where('thing', 'in', keys).execute();
  await db.deleteFrom('invocations').where('thing', 'in', keys).execute();
  const ids = db.selectFrom('things').select('id').where('key', 'in', keys);
  await db.deleteFrom('retentions').where('thing', 'in', ids).execute();
  await db.deleteFrom('things').where('key', 'in', keys).execute();
}
