import { ThingError } from '@thingwright/core';
import type { Kysely } from 'kysely';
import type { Registrations } from './registrations.js';
import type { Tables } from './tables.js';

/** The registrations in a database with the present schema. */
export const createRegistrations = (db: Kysely<Tables>): Registrations => ({
  load: () =>
    db.transaction().execute(async (transaction) => {
      const rows = await transaction.selectFrom('registrations').selectAll().orderBy('id').execute();
      const events = await transaction.selectFrom('directory_events').selectAll().orderBy('place').execute();
      return {
        registrations: rows.map(({ id, organization, kept }) => ({ ...JSON.parse(kept), id, organization })),
        events: events.map(({ place, kept }) => ({ ...JSON.parse(kept), place })),
      };
    }),
  keep: ({ put, remove, event, forget }) =>
    db.transaction().execute(async (transaction) => {
      if (remove !== undefined) await transaction.deleteFrom('registrations').where('id', '=', remove).execute();
      if (put) {
        const { id, organization, ...kept } = put;
        await refuseOwn(transaction, id);
        const row = { organization, kept: JSON.stringify(kept) };
        await transaction
          .insertInto('registrations')
          .values({ id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
      }
      const { place } = await transaction
        .insertInto('directory_events')
        .values({ kept: JSON.stringify(event) })
        .returning('place')
        .executeTakeFirstOrThrow();
      // The latest is always there: SQLite counts on from what there is.
      if (forget !== undefined) {
        await transaction.deleteFrom('directory_events').where('place', '<=', forget).execute();
      }
      return place;
    }),
});

/** An id that was given to a Thing once is that of no other, ever. */
async function refuseOwn(transaction: Kysely<Tables>, id: string): Promise<void> {
  const taken = await transaction.selectFrom('ids').select('id').where('id', '=', id).executeTakeFirst();
  if (taken) throw new ThingError('conflict', `The id '${id}' is or was that of a Thing of this gateway`);
}
