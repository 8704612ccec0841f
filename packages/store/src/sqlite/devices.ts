import { createHmac } from 'node:crypto';
import { type Now, ThingError } from '@thingwright/core';
import { v4 as uuid } from 'uuid';
import type { DeviceRecord, DeviceRegistry, TokenMatch } from '../device-registry.js';
import { type Database, guarded, isConstraint, transaction } from './database.js';

interface Row {
  readonly name: string;
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly settings: string;
  readonly memory: string;
  readonly created: string;
  readonly modified: string;
}

interface TokenRow extends Row {
  readonly until: number | null;
}

/** The device registry in a SQLite database with the present schema. */
export function sqliteDevices(
  database: Database,
  options: { readonly pepper: string; readonly now?: Now },
): DeviceRegistry {
  const { pepper, now = Date.now } = options;
  const columns = 'name, id, kind, title, settings, memory, created, modified';
  const all = database.prepare(`SELECT ${columns} FROM devices ORDER BY place`);
  const one = database.prepare(`SELECT ${columns} FROM devices WHERE name = ?`);
  const use = database.prepare('INSERT INTO ids (id, since) VALUES (?, ?)');
  const insert = database.prepare(
    `INSERT INTO devices (name, id, kind, title, settings, token, created, modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const rotate = database.prepare(
    `UPDATE devices SET previous_token = CASE WHEN :until > :now THEN token END,
       previous_until = CASE WHEN :until > :now THEN :until END, token = :token, modified = :modified
     WHERE name = :name`,
  );
  const memoryOf = database.prepare('SELECT memory FROM devices WHERE id = ?');
  const setMemory = database.prepare('UPDATE devices SET memory = ? WHERE id = ?');
  const drop = database.prepare('DELETE FROM devices WHERE name = ?');
  const owner = database.prepare(
    `SELECT ${columns}, NULL AS until FROM devices WHERE token = :token
     UNION ALL SELECT ${columns}, previous_until FROM devices WHERE previous_token = :token AND previous_until > :now`,
  );

  const hash = (token: string): Buffer => createHmac('sha256', pepper).update(token).digest();
  const time = (): string => new Date(now()).toISOString();
  const find = (name: string): DeviceRecord | undefined => {
    const row: Row | undefined = one.get(name);
    return row && toRecord(row);
  };
  const missing = (name: string): ThingError => new ThingError('notFound', `There is no device named '${name}'`);

  return {
    list: async () =>
      guarded('The devices cannot be read', () => {
        const rows: readonly Row[] = all.all();
        return rows.map(toRecord);
      }),
    get: async (name) => guarded(`The device '${name}' cannot be read`, () => find(name)),
    add: async ({ name, kind, title, settings = {}, id = `urn:uuid:${uuid()}` }, token) =>
      guarded(`The device '${name}' cannot be kept`, () =>
        transaction(database, () => {
          if (find(name)) throw new ThingError('conflict', `There is already a device named '${name}'`);
          const created = time();
          try {
            use.run(id, created);
          } catch (error) {
            if (!isConstraint(error)) throw error;
            throw new ThingError('conflict', `The id '${id}' is or was that of another device`, { cause: error });
          }
          insert.run(name, id, kind, title, JSON.stringify(settings), hash(token), created, created);
          return { id, name, kind, title, settings, memory: {}, created, modified: created };
        }),
      ),
    replaceToken: async (name, token, { overlap = 0 } = {}) =>
      guarded(`The token of '${name}' cannot be replaced`, () =>
        transaction(database, () => {
          const present = now();
          const until = present + overlap;
          rotate.run({ name, token: hash(token), now: present, until, modified: time() });
          const device = find(name);
          if (!device) throw missing(name);
          return device;
        }),
      ),
    remember: async (id, name, value) =>
      guarded(`'${name}' of '${id}' cannot be kept`, () =>
        transaction(database, () => {
          const row: Pick<Row, 'memory'> | undefined = memoryOf.get(id);
          if (!row) throw new ThingError('notFound', `There is no device with the id '${id}'`);
          setMemory.run(JSON.stringify({ ...JSON.parse(row.memory), [name]: value }), id);
        }),
      ),
    remove: async (name) =>
      guarded(`The device '${name}' cannot be removed`, () =>
        transaction(database, () => {
          const device = find(name);
          drop.run(name);
          return device;
        }),
      ),
    findByToken: async (token) =>
      guarded('The tokens cannot be read', () => {
        const row: TokenRow | undefined = owner.get({ token: hash(token), now: now() });
        return row && toMatch(row);
      }),
  };
}

const toRecord = ({ id, name, kind, title, settings, memory, created, modified }: Row): DeviceRecord => ({
  id,
  name,
  kind,
  title,
  settings: JSON.parse(settings),
  memory: JSON.parse(memory),
  created,
  modified,
});

const toMatch = (row: TokenRow): TokenMatch => ({
  device: toRecord(row),
  ...(row.until === null ? {} : { until: row.until }),
});
