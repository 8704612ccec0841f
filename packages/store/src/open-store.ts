import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Now } from '@thingwright/core';
import type { Kysely } from 'kysely';
import { v4 as uuid } from 'uuid';
import { createAdoptedThings } from './adopted-things-table.js';
import { type Backends, openBackends } from './backends.js';
import { createDevices } from './devices.js';
import { createSeal } from './seal.js';
import { openSecretFile } from './secret-file.js';
import type { Store } from './store.js';
import type { Tables } from './tables.js';

/** Where a store keeps its data, and how. */
export interface StoreOptions {
  /** A folder, made if there is none; absent: everything in memory, gone at the end. */
  readonly data?: string | undefined;
  /** URL of a PostgreSQL: the database is there then, and the folder holds only the secret. */
  readonly database?: string | undefined;
  /** The key under which tokens are hashed and credentials are encrypted; absent: kept in `<data>/secret`, made at first. */
  readonly pepper?: string | undefined;
  readonly now?: Now | undefined;
}

/**
 * Opens a store and holds its database for this process alone.
 * @throws ThingError `conflict` if another gateway uses it, `invalid` if a newer release has written it, `unavailable` if it cannot
 * be read or written.
 */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const backends = await openBackends(options);
  try {
    return await openOn(backends, options);
  } catch (error) {
    await backends.close();
    throw error;
  }
}

async function openOn(backends: Backends, options: StoreOptions): Promise<Store> {
  const { now = Date.now } = options;
  const { writer } = backends;
  const { db } = writer;
  await writer.run('migrate', undefined);
  const pepper = await pepperOf(options);
  return {
    gatewayID: await keepGatewayID(db, now),
    devices: createDevices(db, { pepper, now }),
    adoptedThings: createAdoptedThings(db, { seal: createSeal(pepper), now }),
    check: () => db.transaction().execute(async () => undefined),
    [Symbol.asyncDispose]: () => backends.close(),
  };
}

async function pepperOf({ pepper, data }: StoreOptions): Promise<string> {
  if (pepper !== undefined) return pepper;
  if (data === undefined) return randomBytes(32).toString('base64url');
  return (await openSecretFile(join(data, 'secret'))).value;
}

function keepGatewayID(db: Kysely<Tables>, now: Now): Promise<string> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction.selectFrom('gateway').select('id').executeTakeFirst();
    if (row) return row.id;
    const id = `urn:uuid:${uuid()}`;
    await transaction
      .insertInto('ids')
      .values({ id, since: new Date(now()).toISOString() })
      .execute();
    await transaction.insertInto('gateway').values({ one: 1, id }).execute();
    return id;
  });
}
