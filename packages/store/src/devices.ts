import { createHmac } from 'node:crypto';
import { type Now, ThingError } from '@thingwright/core';
import { type Kysely, sql } from 'kysely';
import { v4 as uuid } from 'uuid';
import type { DeviceRecord, DeviceRegistry } from './device-registry.js';
import { takeID } from './ids.js';
import type { Seal } from './seal.js';
import type { Tables } from './tables.js';

interface Row {
  readonly name: string;
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly organization: string;
  readonly settings: string;
  readonly memory: string;
  readonly created: string;
  readonly modified: string;
}

interface OwnerRow extends Row {
  readonly until: number | null;
}

const COLUMNS = ['name', 'id', 'kind', 'title', 'organization', 'settings', 'memory', 'created', 'modified'] as const;

/** The device registry in a database with the present schema. */
export function createDevices(
  db: Kysely<Tables>,
  { pepper, seal, now = Date.now }: { readonly pepper: string; readonly seal: Seal; readonly now?: Now },
): DeviceRegistry {
  const hash = (token: string): Buffer => createHmac('sha256', pepper).update(token).digest();
  const time = (): string => new Date(now()).toISOString();
  const find = async (from: Kysely<Tables>, name: string): Promise<DeviceRecord | undefined> => {
    const row = await from.selectFrom('devices').select(COLUMNS).where('name', '=', name).executeTakeFirst();
    return row && toRecord(row);
  };
  // Asked for every connection of a device, so its SQL is written once; the parameters are put in place.
  const owner = db
    .selectFrom('devices')
    .select([...COLUMNS, sql<number | null>`NULL`.as('until')])
    .where('token', '=', Buffer.of())
    .unionAll(
      db
        .selectFrom('devices')
        .select([...COLUMNS, 'previous_until as until'])
        .where('previous_token', '=', Buffer.of())
        .where('previous_until', '>', 0),
    )
    .compile();

  const change = (name: string, values: { readonly organization: string } | { readonly title: string }) =>
    db.transaction().execute(async (transaction) => {
      await transaction
        .updateTable('devices')
        .set({ ...values, modified: time() })
        .where('name', '=', name)
        .execute();
      const device = await find(transaction, name);
      if (!device) throw new ThingError('notFound', `There is no device named '${name}'`);
      return device;
    });

  return {
    async list() {
      const rows = await db.selectFrom('devices').select(COLUMNS).orderBy('place').execute();
      return rows.map(toRecord);
    },
    get: (name) => find(db, name),
    add: (
      { name, kind, title, organization = 'default', settings = {}, credentials, id = `urn:uuid:${uuid()}` },
      token,
    ) =>
      db.transaction().execute(async (transaction) => {
        if (await find(transaction, name)) {
          throw new ThingError('conflict', `There is already a device named '${name}'`);
        }
        const created = time();
        await takeID(transaction, id, created);
        const device = { id, name, kind, title, organization, created, modified: created };
        const sealed = credentials === undefined ? null : seal.close(JSON.stringify(credentials), id);
        await transaction
          .insertInto('devices')
          .values({ ...device, settings: JSON.stringify(settings), credentials: sealed, token: hash(token) })
          .execute();
        return { ...device, settings, memory: {} };
      }),
    async credentials(id) {
      const row = await db.selectFrom('devices').select('credentials').where('id', '=', id).executeTakeFirst();
      return row?.credentials ? JSON.parse(seal.open(row.credentials, id)) : undefined;
    },
    replaceToken: (name, token, { overlap = 0 } = {}) =>
      db.transaction().execute(async (transaction) => {
        const until = now() + overlap;
        await transaction
          .updateTable('devices')
          .set((e) => ({
            previous_token: overlap > 0 ? e.ref('token') : null,
            previous_until: overlap > 0 ? until : null,
            token: hash(token),
            modified: time(),
          }))
          .where('name', '=', name)
          .execute();
        const device = await find(transaction, name);
        if (!device) throw new ThingError('notFound', `There is no device named '${name}'`);
        return device;
      }),
    move: (name, organization) => change(name, { organization }),
    setTitle: (name, title) => change(name, { title }),
    configure: (name, { settings, credentials }) =>
      db.transaction().execute(async (transaction) => {
        const device = await find(transaction, name);
        if (!device) throw new ThingError('notFound', `There is no device named '${name}'`);
        const { id } = device;
        const modified = time();
        const sealed = credentials === undefined ? {} : { credentials: seal.close(JSON.stringify(credentials), id) };
        await transaction
          .updateTable('devices')
          .set({ settings: JSON.stringify(settings), modified, ...sealed })
          .where('id', '=', id)
          .execute();
        return { ...device, settings, modified };
      }),
    remember: (id, name, value) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction.selectFrom('devices').select('memory').where('id', '=', id).executeTakeFirst();
        if (!row) throw new ThingError('notFound', `There is no device with the id '${id}'`);
        const memory = JSON.stringify({ ...JSON.parse(row.memory), [name]: value });
        await transaction.updateTable('devices').set({ memory }).where('id', '=', id).execute();
      }),
    remove: (name) =>
      db.transaction().execute(async (transaction) => {
        const device = await find(transaction, name);
        await transaction.deleteFrom('devices').where('name', '=', name).execute();
        return device;
      }),
    async findByToken(token) {
      const hashed = hash(token);
      const [row] = (await db.executeQuery<OwnerRow>({ ...owner, parameters: [hashed, hashed, now()] })).rows;
      return row && { device: toRecord(row), ...(row.until === null ? {} : { until: row.until }) };
    },
  };
}

const toRecord = ({ settings, memory, name, id, kind, title, organization, created, modified }: Row): DeviceRecord => ({
  id,
  name,
  kind,
  title,
  organization,
  settings: JSON.parse(settings),
  memory: JSON.parse(memory),
  created,
  modified,
});
