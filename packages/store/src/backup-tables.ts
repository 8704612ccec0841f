import { type RawBuilder, sql } from 'kysely';
import type { Engine } from './engine/engine.js';
import type { Tables } from './tables.js';

/** How a table is read page by page. */
export interface BackupTable {
  readonly name: keyof Tables;
  /** In the order of which it is read. */
  readonly keys: readonly [string, ...string[]];
  /** The first schema that has it. */
  readonly since: number;
  /** Whether its key counts up by itself. */
  readonly counts?: true;
}

/** All tables, those first that others refer to. */
export const BACKUP_TABLES: readonly BackupTable[] = [
  { name: 'ids', keys: ['id'], since: 1 },
  { name: 'gateway', keys: ['one'], since: 1 },
  { name: 'devices', keys: ['place'], since: 1, counts: true },
  { name: 'adopted_things', keys: ['place'], since: 2, counts: true },
  { name: 'written', keys: ['one'], since: 3 },
  { name: 'things', keys: ['key'], since: 3 },
  { name: 'names', keys: ['key'], since: 3 },
  { name: 'log', keys: ['id'], since: 3 },
  { name: 'blocks', keys: ['thing', 'start', 'class'], since: 3 },
  { name: 'minutes', keys: ['thing', 'start'], since: 3 },
  { name: 'tails', keys: ['thing'], since: 3 },
  { name: 'invocations', keys: ['place'], since: 3, counts: true },
  { name: 'holes', keys: ['start', 'until'], since: 3 },
  { name: 'retentions', keys: ['thing'], since: 3 },
  { name: 'principals', keys: ['place'], since: 4, counts: true },
  { name: 'grants', keys: ['place'], since: 4, counts: true },
  { name: 'credentials', keys: ['place'], since: 4, counts: true },
  { name: 'audit', keys: ['place'], since: 6, counts: true },
  { name: 'files', keys: ['place'], since: 7, counts: true },
  { name: 'results', keys: ['place'], since: 9, counts: true },
  { name: 'upgrade_position', keys: ['one'], since: 12 },
  { name: 'campaigns', keys: ['id'], since: 12 },
  { name: 'campaign_skips', keys: ['campaign', 'place'], since: 12 },
  { name: 'upgrades', keys: ['id'], since: 12 },
  { name: 'upgrade_lines', keys: ['upgrade', 'number'], since: 12 },
  { name: 'firmware_categories', keys: ['id'], since: 12 },
  { name: 'firmware_builds', keys: ['id'], since: 12 },
  { name: 'firmware_images', keys: ['id'], since: 12 },
  { name: 'device_firmware', keys: ['id'], since: 12 },
  { name: 'registrations', keys: ['id'], since: 15 },
  { name: 'directory_events', keys: ['place'], since: 15, counts: true },
  { name: 'declined', keys: ['place'], since: 16, counts: true },
];

/** A row as the database gives it. */
export type BackupRow = Readonly<Record<string, unknown>>;

/** So few that a page of long rows fits into memory. */
const PAGE = 100;

/** Reads a table in pages, within a transaction. */
export async function* readTable(db: Engine['db'], { name, keys }: BackupTable): AsyncGenerator<readonly BackupRow[]> {
  const key = sql.join(keys.map((column) => sql.ref(column)));
  let after: RawBuilder<unknown> = sql``;
  for (;;) {
    const { rows } =
      await sql<BackupRow>`SELECT * FROM ${sql.table(name)} ${after} ORDER BY ${key} LIMIT ${sql.lit(PAGE)}`.execute(
        db,
      );
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = sql`WHERE (${key}) > (${sql.join(keys.map((column) => last[column]))})`;
  }
}

/** Writes rows into a table, within a transaction. */
export async function writeRows(
  db: Engine['db'],
  { name }: BackupTable,
  { columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] },
): Promise<void> {
  const values = sql.join(rows.map((row) => sql`(${sql.join(row)})`));
  await sql`INSERT INTO ${sql.table(name)} (${sql.join(columns.map((column) => sql.id(column)))}) VALUES ${values}`.execute(
    db,
  );
}

/** Lets a key that counts up by itself go on after what was written; SQLite does so unasked. */
export async function continueCounting(
  { kind, db }: Pick<Engine, 'kind' | 'db'>,
  { name, keys, counts }: BackupTable,
): Promise<void> {
  if (kind === 'sqlite' || !counts) return;
  const [column] = keys;
  const most = sql`(SELECT max(${sql.id(column)}) FROM ${sql.table(name)})`;
  await sql`SELECT setval(pg_get_serial_sequence(${name}, ${column}), ${most}) WHERE ${most} > 0`.execute(db);
}

/** Counts the rows of a table. */
export async function countRows(db: Engine['db'], { name }: BackupTable): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(name)}`.execute(db);
  return rows[0]?.count ?? 0;
}
