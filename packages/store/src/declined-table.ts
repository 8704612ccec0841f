import type { Kysely } from 'kysely';
import { type Declined, MOST_DECLINED } from './declined.js';
import type { Tables } from './tables.js';

/** What was declined, in a database with the present schema. */
export const createDeclined = (db: Kysely<Tables>): Declined => ({
  async list() {
    const rows = await db.selectFrom('declined').select('key').orderBy('place').execute();
    return rows.map(({ key }) => JSON.parse(key));
  },
  add: (key) =>
    db.transaction().execute(async (transaction) => {
      // As JSON, since a key is text of a stranger, and no database has room for every character.
      const text = JSON.stringify(key);
      await transaction.deleteFrom('declined').where('key', '=', text).execute();
      await transaction.insertInto('declined').values({ key: text }).execute();
      const newest = transaction.selectFrom('declined').select('place').orderBy('place', 'desc').limit(MOST_DECLINED);
      await transaction.deleteFrom('declined').where('place', 'not in', newest).execute();
    }),
});
