import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Now } from '@thingwright/core';
import { v4 as uuid } from 'uuid';
import { createSeal } from '../seal.js';
import { openSecretFile } from '../secret-file.js';
import type { Store } from '../store.js';
import { sqliteAdoptedThings } from './adopted-things.js';
import { DATABASE_FILE, lockDataFolder } from './data-folder.js';
import { type Database, guarded, openDatabase, transaction } from './database.js';
import { sqliteDevices } from './devices.js';
import { migrate } from './schema.js';

/** Where a store keeps its data. */
export interface StoreOptions {
  /** A folder, made if there is none; absent: everything in memory, gone at the end. */
  readonly data?: string | undefined;
  /** The key under which tokens are hashed and credentials are encrypted; absent: kept in `<data>/secret`, made at first. */
  readonly pepper?: string | undefined;
  readonly now?: Now | undefined;
}

/**
 * Opens the embedded store and holds its folder for this process alone.
 * @throws ThingError `conflict` if another gateway uses the folder, `invalid` if a newer release has written it,
 * `unavailable` if it cannot be read or written.
 */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const { data } = options;
  if (data === undefined) return openIn(':memory:', options.pepper ?? randomBytes(32).toString('base64url'), options);
  const lock = await lockDataFolder(data);
  try {
    const pepper = options.pepper ?? (await openSecretFile(join(data, 'secret'))).value;
    return openIn(join(data, DATABASE_FILE), pepper, { ...options, closed: () => lock[Symbol.dispose]() });
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function openIn(
  location: string,
  pepper: string,
  { now = Date.now, closed }: { readonly now?: Now | undefined; readonly closed?: () => void },
): Store {
  const database = openDatabase(location);
  try {
    migrate(database);
    return {
      gatewayID: guarded('The id of the gateway cannot be kept', () => keepGatewayID(database)),
      devices: sqliteDevices(database, { pepper, now }),
      adoptedThings: sqliteAdoptedThings(database, { seal: createSeal(pepper), now }),
      check: async () => guarded('The store cannot be written', () => database.exec('BEGIN IMMEDIATE; ROLLBACK')),
      async [Symbol.asyncDispose]() {
        if (!database.isOpen) return;
        // Prepared statements keep SQLite from doing this by itself at the close.
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        database.close();
        closed?.();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function keepGatewayID(database: Database): string {
  return transaction(database, () => {
    const row: { id: string } | undefined = database.prepare('SELECT id FROM gateway').get();
    if (row) return row.id;
    const id = `urn:uuid:${uuid()}`;
    database.prepare('INSERT INTO ids (id, since) VALUES (?, ?)').run(id, new Date().toISOString());
    database.prepare('INSERT INTO gateway (one, id) VALUES (1, ?)').run(id);
    return id;
  });
}
