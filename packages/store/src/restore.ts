import { mkdir, stat, statfs } from 'node:fs/promises';
import { ThingError } from '@thingwright/core';
import type { StorePlace } from './backends.js';
import { type CheckedBackup, checkBackup } from './backup-check.js';
import { toBackupError } from './backup-errors.js';
import type { BackupCounts, BackupHeader } from './backup-format.js';
import { Restoration } from './restoration.js';
import { writeContent } from './restore-content.js';
import { readSchemaVersion } from './schema.js';
import { lockDataFolder } from './sqlite/data-folder.js';
import { openLocalBackend } from './thread/backend.js';

/** How a backup is restored. */
export interface RestoreOptions extends StorePlace {
  /** The folder for files and secrets, and for the database if none is named. Made if there is none; it has to be empty. */
  readonly data: string;
  /** Names of the secret files that a backup may have. */
  readonly secrets: readonly string[];
  /** Is told how far it is, from 0 to 1. */
  readonly progress?: ((fraction: number) => void) | undefined;
  /** Ends it when it fires; then nothing stays. */
  readonly signal?: AbortSignal | undefined;
}

/** What was restored. */
export type RestoreSummary = BackupHeader & BackupCounts;

/**
 * Restores a backup into an empty folder, or an empty PostgreSQL and an empty folder, of whatever engine it was. It is read to its end
 * and checked before anything is touched; then all of it is there, or nothing. Whoever is killed on the way leaves a folder that no
 * gateway starts with, and that the same restore brings to its end.
 * @throws ThingError `conflict` if a gateway uses the folder or the database, `invalid` if one of them holds data already or the
 * backup cannot be used, `unavailable` if something cannot be read or written, or there is no room.
 */
export async function restoreBackup(path: string, options: RestoreOptions): Promise<RestoreSummary> {
  const { data, database, secrets, signal, progress = () => undefined } = options;
  try {
    const { size } = await stat(path);
    const half =
      (done: number) =>
      (bytes: number): void =>
        progress(done + Math.min(bytes / size, 1) / 2);
    const backup = await checkBackup(path, { secrets, signal, read: half(0) });
    const source = { path, backup, signal, read: half(0.5) };
    if (database === undefined) await restoreToFolder(source, { data, secrets });
    else await restoreToPostgres(source, { data, secrets, database });
    return summaryOf(backup);
  } catch (error) {
    throw toBackupError(error, 'The restore', signal);
  }
}

const summaryOf = ({ sha256: _sha256, needs: _needs, ...summary }: CheckedBackup): RestoreSummary => summary;

interface Source {
  readonly path: string;
  readonly backup: CheckedBackup;
  readonly signal: AbortSignal | undefined;
  readonly read: (bytes: number) => void;
}

interface Target {
  readonly data: string;
  readonly secrets: readonly string[];
}

async function restoreToFolder(source: Source, { data, secrets }: Target): Promise<void> {
  using _lock = await lockDataFolder(data);
  await refuseFull(data, source.backup.needs);
  const restoration = new Restoration(data, { secrets, backup: source.backup.sha256 });
  await restoration.begin();
  try {
    await restoration.createDatabase();
    const backend = openLocalBackend({ kind: 'sqlite', location: restoration.database, readOnly: false });
    try {
      await backend.db.transaction().execute((db) => writeContent({ kind: 'sqlite', db }, { ...source, restoration }));
    } finally {
      await backend.close();
    }
  } catch (error) {
    await restoration.abandon();
    throw error;
  }
  await restoration.place();
  await restoration.finish();
}

async function restoreToPostgres(
  source: Source,
  { data, secrets, database }: Target & { readonly database: string },
): Promise<void> {
  const backend = openLocalBackend({ kind: 'postgres', location: database, readOnly: false });
  const { kind, db } = backend;
  const restoration = new Restoration(data, { secrets, backup: source.backup.sha256 });
  try {
    const isEmpty = (await readSchemaVersion({ kind, db })) === 0;
    if (!isEmpty && !(await restoration.isUnfinished())) {
      throw new ThingError('invalid', 'The database holds data already; restore into an empty one');
    }
    if (isEmpty) {
      await refuseFull(data, source.backup.needs);
      await restoration.begin();
      try {
        // What is in the folder is in its place before the database has its part, so that whoever finds that has all of it.
        await db.transaction().execute(async (transaction) => {
          await writeContent({ kind, db: transaction }, { ...source, restoration });
          await restoration.place();
        });
      } catch (error) {
        if ((await readSchemaVersion({ kind, db })) === 0) await restoration.abandon();
        throw error;
      }
    }
    await restoration.finish();
  } finally {
    await backend.close();
  }
}

/** A disk that would not hold it is better not begun with. */
async function refuseFull(data: string, needs: number): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(data);
  const free = bavail * bsize;
  if (needs <= free) return;
  throw new ThingError('unavailable', `The backup needs ${needs} bytes, and the disk of ${data} has ${free} left`);
}
