import { ThingError } from '@thingwright/core';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** Uses up the id of a Thing for ever. @throws ThingError `conflict` if it is or was that of another. */
export async function takeID(db: Kysely<Tables>, id: string, since: string): Promise<void> {
  const taken = await db
    .insertInto('ids')
    .values({ id, since })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  if (taken.numInsertedOrUpdatedRows === 0n) {
    throw new ThingError('conflict', `The id '${id}' is or was that of another device`);
  }
}
