import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Now, ThingError } from '@thingwright/core';
import type { StorePlace } from './backends.js';
import { toBackupError } from './backup-errors.js';
import { BackupFiles } from './backup-files.js';
import { type BackupCounts, type BackupHeader, type BackupLine, FORMAT, toCell } from './backup-format.js';
import { BACKUP_TABLES, type BackupRow, type BackupTable, countRows, readTable } from './backup-tables.js';
import type { Engine } from './engine/engine.js';
import { readSchemaVersion, refuseNewer } from './schema.js';
import { DATABASE_FILE } from './sqlite/data-folder.js';
import { type Backend, openLocalBackend } from './thread/backend.js';

/** How a backup is made. */
export interface BackupOptions extends StorePlace {
  /** The folder of the store: files and secrets are there, and the database if none is named. */
  readonly data: string;
  /** Names of the files in the folder that are secret and shall be in the backup; those that are not there are left out. */
  readonly secrets: readonly string[];
  /** The release that makes it. */
  readonly release: string;
  /** Is told how far it is, from 0 to 1. */
  readonly progress?: ((fraction: number) => void) | undefined;
  /** Ends it when it fires; then nothing stays. */
  readonly signal?: AbortSignal | undefined;
  readonly now?: Now | undefined;
}

/** What was backed up. */
export interface BackupSummary extends BackupHeader, BackupCounts {
  /** Bytes of the backup. */
  readonly size: number;
  /** SHA-256 of the contents that were removed while they were read, or are damaged; their files are not in it. */
  readonly left: readonly string[];
}

/**
 * Backs up a store into a new file, mode 0600, while a gateway uses it or while none does: all tables as they are at one moment, secrets,
 * files. The file has its name only when it is whole and on the disk.
 * @throws ThingError `invalid` if there is such a file already or a newer release has written the data, `notFound` if there is no
 * store, `unavailable` if it cannot be read or the file cannot be written.
 */
export async function writeBackup(path: string, options: BackupOptions): Promise<BackupSummary> {
  if (await isThere(path)) throw new ThingError('invalid', `There is already a file ${path}`);
  const backend = await openReader(options);
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    const summary = await backend.db.transaction().execute(async (transaction) => {
      const backup = await begin({ kind: backend.kind, db: transaction }, options);
      const file = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true });
      await pipeline(backup.lines(), createGzip({ level: 1 }), file, { signal: options.signal });
      return { ...backup.summary(), size: file.bytesWritten };
    });
    await rename(part, path);
    return summary;
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw toBackupError(error, 'The backup', options.signal);
  } finally {
    await backend.close();
  }
}

async function openReader({ data, database }: BackupOptions): Promise<Backend> {
  if (database !== undefined) return openLocalBackend({ kind: 'postgres', location: database, readOnly: true });
  const location = join(data, DATABASE_FILE);
  if (!(await isThere(location))) throw new ThingError('notFound', `There is no store in ${data}`);
  return openLocalBackend({ kind: 'sqlite', location, readOnly: true });
}

interface Backup {
  lines(): AsyncGenerator<string>;
  summary(): Omit<BackupSummary, 'size'>;
}

async function begin(engine: Pick<Engine, 'kind' | 'db'>, options: BackupOptions): Promise<Backup> {
  const { now = Date.now, release, data, progress = () => undefined } = options;
  const schema = await readSchemaVersion(engine);
  refuseNewer(schema);
  const gateway = schema > 0 && (await engine.db.selectFrom('gateway').select('id').executeTakeFirst());
  if (!gateway) throw new ThingError('notFound', 'There is no store yet: no gateway has been started with it');
  const tables = BACKUP_TABLES.filter(({ since }) => since <= schema);
  const files = new BackupFiles(engine.db, { data, there: tables.some(({ name }) => name === 'files') });
  const header = {
    format: FORMAT,
    schema,
    release,
    engine: engine.kind,
    time: new Date(now()).toISOString(),
    gateway: gateway.id,
  };
  const counts = new Map<string, number>();
  const secrets: string[] = [];
  const sumUp = (): BackupCounts => ({
    tables: Object.fromEntries(counts),
    files: files.whole,
    secrets,
  });

  async function* parts(): AsyncGenerator<BackupLine> {
    let total = await files.size();
    for (const table of tables) total += (await countRows(engine.db, table)) * ROW_WEIGHT;
    let done = 0;
    const advance = (weight: number): void => {
      done += weight;
      progress(Math.min(1, done / Math.max(1, total)));
    };
    yield { thingwright: 'backup', header };
    for (const secret of options.secrets) {
      const value = await readSecret(join(data, secret));
      if (value === undefined) continue;
      secrets.push(secret);
      yield { secret, value };
    }
    yield* files.lines(advance);
    for (const table of tables) {
      let count = 0;
      for await (const rows of readTable(engine.db, table)) {
        const kept = rows.filter((row) => files.keeps(table.name, row));
        yield* rowLines(table, kept, count === 0);
        count += kept.length;
        advance(rows.length * ROW_WEIGHT);
      }
      counts.set(table.name, count);
    }
  }

  async function* lines(): AsyncGenerator<string> {
    const hash = createHash('sha256');
    for await (const part of parts()) {
      const line = `${JSON.stringify(part)}\n`;
      hash.update(line);
      yield line;
    }
    const end: BackupLine = { end: sumUp(), sha256: hash.digest('hex') };
    yield `${JSON.stringify(end)}\n`;
  }
  return { lines, summary: () => ({ ...header, ...sumUp(), left: [...files.left] }) };
}

/** Bytes that a row stands for when it is said how far a backup is. */
const ROW_WEIGHT = 500;
/** Characters of a line of several rows. */
const LINE = 2 ** 20;

/** Rows as lines; the first one names the columns. */
function* rowLines({ name }: BackupTable, rows: readonly BackupRow[], isFirst: boolean): Generator<BackupLine> {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  if (isFirst) yield { table: name, columns };
  let line: ReturnType<typeof toCell>[][] = [];
  let length = 0;
  for (const row of rows) {
    const cells = columns.map((column) => toCell(row[column]));
    for (const cell of cells) length += typeof cell === 'string' ? cell.length : 8;
    line.push(cells);
    if (length < LINE) continue;
    yield { rows: line };
    line = [];
    length = 0;
  }
  if (line.length > 0) yield { rows: line };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ThingError('unavailable', `The file ${path} cannot be read`, { cause: error });
  }
}
