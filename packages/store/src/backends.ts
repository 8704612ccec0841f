import { join } from 'node:path';
import type { Place } from './engine/engine.js';
import { refuseUnfinished } from './restoration.js';
import { DATABASE_FILE, lockDataFolder, makeDataFolder } from './sqlite/data-folder.js';
import { type Backend, openLocalBackend } from './thread/backend.js';
import { openThreadedBackend } from './thread/threaded-backend.js';

/** The one writer of a database, and who reads without holding it up. */
export interface Backends {
  readonly writer: Backend;
  /** Opened when it is first asked for. */
  reader(): Backend;
  /** Closes both, and lets go of the data. */
  close(): Promise<void>;
}

/** Where a store is. */
export interface StorePlace {
  /** A folder. */
  readonly data?: string | undefined;
  /** URL of a PostgreSQL. */
  readonly database?: string | undefined;
}

/**
 * Opens the database of a store; connects nothing yet but takes a folder for this process.
 * @throws ThingError `conflict` if another gateway uses the folder, `invalid` if it is half restored, `unavailable` if it cannot be
 * used.
 */
export async function openBackends({ data, database }: StorePlace): Promise<Backends> {
  if (database !== undefined) {
    if (data !== undefined) {
      await makeDataFolder(data);
      await refuseUnfinished(data);
    }
    return threaded({ kind: 'postgres', location: database });
  }
  if (data !== undefined) {
    const lock = await lockDataFolder(data);
    try {
      await refuseUnfinished(data);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
    return threaded({ kind: 'sqlite', location: join(data, DATABASE_FILE) }, lock);
  }
  const writer = openLocalBackend({ kind: 'sqlite', location: ':memory:', readOnly: false });
  return { writer, reader: () => writer, close: () => writer.close() };
}

function threaded(place: Omit<Place, 'readOnly'>, lock?: Disposable): Backends {
  const writer = openThreadedBackend({ ...place, readOnly: false });
  let reader: Backend | undefined;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    try {
      // The last to close a SQLite database writes its log into it, which only the writer may.
      await reader?.close();
      await writer.close();
    } finally {
      lock?.[Symbol.dispose]();
    }
  };
  return {
    writer,
    reader() {
      reader ??= openThreadedBackend({ ...place, readOnly: true });
      return reader;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
