import type { CheckedBackup } from './backup-check.js';
import { type BackupPart, damaged, readBackup } from './backup-reader.js';
import { BACKUP_TABLES, type BackupTable, continueCounting, writeRows } from './backup-tables.js';
import type { Engine } from './engine/engine.js';
import { createFilesOnDisk } from './files-on-disk.js';
import type { Restoration } from './restoration.js';
import { SCHEMA_VERSION, takeSteps } from './schema.js';

/** Writes what is in a checked backup: rows in a transaction of an empty database, all else beside it. */
export async function writeContent(
  engine: Pick<Engine, 'kind' | 'db'>,
  source: {
    readonly path: string;
    readonly backup: CheckedBackup;
    readonly restoration: Restoration;
    readonly signal: AbortSignal | undefined;
    readonly read: (bytes: number) => void;
  },
): Promise<void> {
  const { path, backup, restoration, signal, read } = source;
  await takeSteps(engine, { from: 0, to: backup.schema });
  const parts = readBackup(path, { signal, read });
  let target: { readonly table: BackupTable; readonly columns: readonly string[] } | undefined;
  for await (const part of parts) {
    if (part.type === 'secret') await restoration.writeSecret(part.name, part.value);
    else if (part.type === 'file') await writeFile(parts, { part, restoration, owner: backup.gateway });
    else if (part.type === 'table') target = part;
    else if (part.type === 'rows' && target) await insert(engine, target, part.rows);
    else if (part.type === 'end' && part.sha256 !== backup.sha256) throw damaged('it changed while it was read');
  }
  for (const table of BACKUP_TABLES.filter(({ since }) => since <= backup.schema))
    await continueCounting(engine, table);
  await takeSteps(engine, { from: backup.schema, to: SCHEMA_VERSION });
}

async function insert(
  { db }: Pick<Engine, 'db'>,
  { table, columns }: { readonly table: BackupTable; readonly columns: readonly string[] },
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  try {
    await writeRows(db, table, { columns, rows });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'unavailable') throw error;
    throw damaged(`its rows do not go into the table '${table.name}'`, error);
  }
}

async function writeFile(
  parts: AsyncGenerator<BackupPart>,
  file: {
    readonly part: { readonly sha256: string };
    readonly restoration: Restoration;
    readonly owner: string;
  },
): Promise<void> {
  const disk = createFilesOnDisk(file.restoration.files, { owner: file.owner });
  let whole = false;
  async function* content(): AsyncGenerator<Buffer> {
    for (;;) {
      const { value } = await parts.next();
      if (value?.type === 'bytes') yield value.bytes;
      else if (value?.type === 'close') {
        whole = value.whole;
        return;
      } else throw damaged('a file has no end');
    }
  }
  const received = await disk.receive(content(), () => undefined);
  if (!whole) return disk.discard(received);
  if (received.sha256 !== file.part.sha256) throw damaged(`the file ${file.part.sha256} is another`);
  await disk.place(received);
}
