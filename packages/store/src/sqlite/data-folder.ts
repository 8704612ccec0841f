import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { ThingError } from '@thingwright/core';
import { guarded, isBusy } from './database.js';

/**
 * Makes a data folder if there is none (mode 0700) and takes it for this process. The lock is an exclusive transaction on
 * an empty database, so the operating system gives it back however the process ends.
 * @throws ThingError `conflict` if another gateway has it, `unavailable` if it cannot be made.
 */
export async function lockDataFolder(path: string): Promise<Disposable> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ThingError('unavailable', `The data folder ${path} cannot be made`, { cause: error });
  }
  return guarded(`The data folder ${path} cannot be locked`, () => {
    const lock = new DatabaseSync(join(path, 'lock.db'));
    try {
      lock.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      lock.close();
      if (!isBusy(error)) throw error;
      throw new ThingError('conflict', `The data folder ${path} is in use by another gateway`, { cause: error });
    }
    return { [Symbol.dispose]: () => lock.close() };
  });
}
