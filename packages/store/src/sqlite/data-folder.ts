import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { ThingError } from '@thingwright/core';
import { StoreError } from '../engine/store-error.js';
import { toThingError } from '../thread/thing-errors.js';
import { guarded, isBusy } from './sqlite-session.js';

/** The database in a data folder. */
export const DATABASE_FILE = 'thingwright.db';
/** Its lock. */
export const LOCK_FILE = 'lock.db';

/**
 * Makes a data folder if there is none (mode 0700), with files for the owner alone (SQLite's own follow them), for the folder
 * may have been there for all to read; and takes it for this process. The lock is an exclusive transaction on
 * an empty database, so the operating system gives it back however the process ends.
 * @throws ThingError `conflict` if another gateway has it, `unavailable` if it cannot be made.
 */
export async function lockDataFolder(path: string): Promise<Disposable> {
  await makeDataFolder(path);
  try {
    for (const name of [LOCK_FILE, DATABASE_FILE]) await (await open(join(path, name), 'a', 0o600)).close();
  } catch (error) {
    throw new ThingError('unavailable', `The data folder ${path} cannot be made`, { cause: error });
  }
  try {
    return guarded(`The data folder ${path} cannot be locked`, () => lockFile(join(path, LOCK_FILE), path));
  } catch (error) {
    throw toThingError(error);
  }
}

/** Makes a data folder if there is none, mode 0700. @throws ThingError `unavailable` if it cannot be made. */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ThingError('unavailable', `The data folder ${path} cannot be made`, { cause: error });
  }
}

function lockFile(file: string, path: string): Disposable {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StoreError('conflict', `The data folder ${path} is in use by another gateway`, { cause: error });
  }
  return { [Symbol.dispose]: () => lock.close() };
}
