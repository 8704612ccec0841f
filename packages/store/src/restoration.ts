import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ThingError } from '@thingwright/core';
import { FILES_FOLDER } from './files-on-disk.js';
import { DATABASE_FILE, LOCK_FILE } from './sqlite/data-folder.js';

/** While this folder is there, a data folder is none yet. */
const FOLDER = 'restoring';
/** In it, which backup it is: whoever goes on knows that it is the same. */
const BACKUP = 'backup';

/**
 * A restore into a data folder. Everything is put together in a folder inside of it (which may be a mount, so it cannot be replaced
 * itself) and moved to its place at the end. A process that is killed leaves the inner folder: no gateway starts with it, and the
 * next restore removes all that was left, or goes on.
 */
export class Restoration {
  /** Where a SQLite database is made. */
  readonly database: string;
  /** Where files are put. */
  readonly files: string;
  readonly #data: string;
  readonly #folder: string;
  readonly #secrets: readonly string[];
  readonly #backup: string;

  /** `backup`: the checksum of the backup. */
  constructor(data: string, { secrets, backup }: { readonly secrets: readonly string[]; readonly backup: string }) {
    this.#data = data;
    this.#folder = join(data, FOLDER);
    this.#secrets = secrets;
    this.#backup = backup;
    this.database = join(this.#folder, DATABASE_FILE);
    this.files = join(this.#folder, FILES_FOLDER);
  }

  /** Takes an empty folder, or one that a restore has left. @throws ThingError `invalid` if it holds anything else. */
  async begin(): Promise<void> {
    await mkdir(this.#data, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#data);
    if (names.includes(FOLDER)) await this.#removeLeft();
    else await refuseFilled(this.#data, names);
    await mkdir(this.#folder, { mode: 0o700 });
    await writeWhole(join(this.#folder, BACKUP), this.#backup);
    await syncFolder(this.#folder);
    await syncFolder(this.#data);
  }

  /** Makes the file of the database, for the owner alone; SQLite's own follow it. */
  async createDatabase(): Promise<void> {
    await writeWhole(this.database, '');
  }

  async writeSecret(name: string, value: string): Promise<void> {
    await writeWhole(join(this.#folder, name), value);
  }

  /** Moves everything to its place; the database last. */
  async place(): Promise<void> {
    const log = await stat(`${this.database}-wal`).catch(() => undefined);
    if (log?.size) throw new ThingError('failed', 'The database could not be brought into one file');
    await syncFolder(this.#folder);
    const made = new Set(await readdir(this.#folder));
    for (const name of [FILES_FOLDER, ...this.#secrets, DATABASE_FILE]) {
      if (made.has(name)) await rename(join(this.#folder, name), join(this.#data, name));
    }
    await syncFolder(this.#data);
  }

  /** From here on it is a data folder. */
  async finish(): Promise<void> {
    await rm(this.#folder, { recursive: true });
    await syncFolder(this.#data);
  }

  /** Leaves nothing. */
  async abandon(): Promise<void> {
    await this.#removeLeft();
  }

  /** Whether a restore of the same backup was begun here and not finished. */
  async isUnfinished(): Promise<boolean> {
    return (await readFile(join(this.#folder, BACKUP), 'utf8').catch(() => undefined)) === this.#backup;
  }

  /** The inner folder last: as long as it is there, what lies beside it came from a restore into an empty folder. */
  async #removeLeft(): Promise<void> {
    for (const name of [FILES_FOLDER, ...this.#secrets, DATABASE_FILE, FOLDER]) {
      await rm(join(this.#data, name), { recursive: true, force: true });
    }
    await syncFolder(this.#data);
  }
}

/** @throws ThingError `invalid` for a data folder whose restore was not finished. */
export async function refuseUnfinished(data: string): Promise<void> {
  const found = await stat(join(data, FOLDER)).catch(() => undefined);
  if (!found) return;
  throw new ThingError(
    'invalid',
    `A restore into ${data} was interrupted: run it again, or remove the folder to begin with nothing`,
  );
}

/** What may lie in an empty folder: the lock that is held, and what file systems put into their roots. */
const HARMLESS: ReadonlySet<string> = new Set([LOCK_FILE, `${LOCK_FILE}-journal`, 'lost+found']);

async function refuseFilled(data: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (HARMLESS.has(name)) continue;
    if (name === DATABASE_FILE && (await stat(join(data, name))).size === 0) continue;
    throw new ThingError('invalid', `The folder ${data} holds data already ('${name}'); restore into an empty one`);
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
