import { type Now, ThingError } from '@thingwright/core';
import { v4 as uuid } from 'uuid';
import type { AdoptedThingRecord, AdoptedThings } from '../adopted-things.js';
import type { Seal } from '../seal.js';
import { type Database, guarded, transaction } from './database.js';

interface Row {
  readonly name: string;
  readonly id: string;
  readonly td: string;
  readonly settings: string;
  readonly created: string;
}

/** The adopted Things in a SQLite database with the present schema. */
export function sqliteAdoptedThings(
  database: Database,
  { seal, now = Date.now }: { readonly seal: Seal; readonly now?: Now },
): AdoptedThings {
  const columns = 'name, id, td, settings, created';
  const all = database.prepare(`SELECT ${columns} FROM adopted_things ORDER BY place`);
  const one = database.prepare(`SELECT ${columns} FROM adopted_things WHERE name = ?`);
  const secretOf = database.prepare('SELECT id, credentials FROM adopted_things WHERE name = ?');
  const use = database.prepare('INSERT INTO ids (id, since) VALUES (?, ?)');
  const insert = database.prepare(
    'INSERT INTO adopted_things (name, id, td, settings, credentials, created) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const drop = database.prepare('DELETE FROM adopted_things WHERE name = ?');

  const find = (name: string): AdoptedThingRecord | undefined => {
    const row: Row | undefined = one.get(name);
    return row && toRecord(row);
  };

  return {
    list: async () =>
      guarded('The adopted Things cannot be read', () => {
        const rows: readonly Row[] = all.all();
        return rows.map(toRecord);
      }),
    add: async ({ name, td, settings, credentials }) =>
      guarded(`The Thing '${name}' cannot be kept`, () =>
        transaction(database, () => {
          if (find(name)) throw new ThingError('conflict', `There is already an adopted Thing named '${name}'`);
          const id = `urn:uuid:${uuid()}`;
          const created = new Date(now()).toISOString();
          const sealed = credentials === undefined ? null : seal.close(JSON.stringify(credentials), id);
          use.run(id, created);
          insert.run(name, id, JSON.stringify(td), JSON.stringify(settings), sealed, created);
          return { id, name, td, settings, created };
        }),
      ),
    credentials: async (name) =>
      guarded(`The credentials of '${name}' cannot be read`, () => {
        const row: { readonly id: string; readonly credentials: Uint8Array | null } | undefined = secretOf.get(name);
        return row?.credentials ? JSON.parse(seal.open(row.credentials, row.id)) : undefined;
      }),
    remove: async (name) =>
      guarded(`The Thing '${name}' cannot be removed`, () =>
        transaction(database, () => {
          const thing = find(name);
          drop.run(name);
          return thing;
        }),
      ),
  };
}

const toRecord = ({ id, name, td, settings, created }: Row): AdoptedThingRecord => ({
  id,
  name,
  td: JSON.parse(td),
  settings: JSON.parse(settings),
  created,
});
