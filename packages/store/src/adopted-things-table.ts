import { type Now, ThingError } from '@thingwright/core';
import type { Kysely } from 'kysely';
import { v4 as uuid } from 'uuid';
import type { AdoptedThingRecord, AdoptedThings } from './adopted-things.js';
import { takeID } from './ids.js';
import type { Seal } from './seal.js';
import type { Tables } from './tables.js';

interface Row {
  readonly name: string;
  readonly id: string;
  readonly td: string;
  readonly settings: string;
  readonly organization: string;
  readonly created: string;
}

const COLUMNS = ['name', 'id', 'td', 'settings', 'organization', 'created'] as const;

/** The adopted Things in a database with the present schema. */
export function createAdoptedThings(
  db: Kysely<Tables>,
  { seal, now = Date.now }: { readonly seal: Seal; readonly now?: Now },
): AdoptedThings {
  const find = async (from: Kysely<Tables>, name: string): Promise<AdoptedThingRecord | undefined> => {
    const row = await from.selectFrom('adopted_things').select(COLUMNS).where('name', '=', name).executeTakeFirst();
    return row && toRecord(row);
  };

  const demand = async (from: Kysely<Tables>, name: string): Promise<AdoptedThingRecord> => {
    const thing = await find(from, name);
    if (!thing) throw new ThingError('notFound', `There is no adopted Thing named '${name}'`);
    return thing;
  };

  return {
    async list() {
      const rows = await db.selectFrom('adopted_things').select(COLUMNS).orderBy('place').execute();
      return rows.map(toRecord);
    },
    add: ({ name, td, settings, organization = 'default', credentials }) =>
      db.transaction().execute(async (transaction) => {
        if (await find(transaction, name)) {
          throw new ThingError('conflict', `There is already an adopted Thing named '${name}'`);
        }
        const id = `urn:uuid:${uuid()}`;
        const created = new Date(now()).toISOString();
        const sealed = credentials === undefined ? null : seal.close(JSON.stringify(credentials), id);
        await takeID(transaction, id, created);
        const row = { id, name, td: JSON.stringify(td), settings: JSON.stringify(settings), organization, created };
        await transaction
          .insertInto('adopted_things')
          .values({ ...row, credentials: sealed })
          .execute();
        return { id, name, td, settings, organization, created };
      }),
    async credentials(name) {
      const row = await db
        .selectFrom('adopted_things')
        .select(['id', 'credentials'])
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.credentials ? JSON.parse(seal.open(row.credentials, row.id)) : undefined;
    },
    move: (name, organization) =>
      db.transaction().execute(async (transaction) => {
        await transaction.updateTable('adopted_things').set({ organization }).where('name', '=', name).execute();
        return demand(transaction, name);
      }),
    setTitle: (name, title) =>
      db.transaction().execute(async (transaction) => {
        const thing = await demand(transaction, name);
        const td = { ...thing.td, title };
        await transaction
          .updateTable('adopted_things')
          .set({ td: JSON.stringify(td) })
          .where('name', '=', name)
          .execute();
        return { ...thing, td };
      }),
    remove: (name) =>
      db.transaction().execute(async (transaction) => {
        const thing = await find(transaction, name);
        await transaction.deleteFrom('adopted_things').where('name', '=', name).execute();
        return thing;
      }),
  };
}

const toRecord = ({ id, name, td, settings, organization, created }: Row): AdoptedThingRecord => ({
  id,
  name,
  td: JSON.parse(td),
  settings: JSON.parse(settings),
  organization,
  created,
});
