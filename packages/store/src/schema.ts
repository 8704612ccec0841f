import { sql } from 'kysely';
import type { DatabaseKind } from './engine/database-kind.js';
import type { Engine } from './engine/engine.js';
import { StoreError } from './engine/store-error.js';
import { STEPS } from './schema-steps.js';
import { WORDS } from './schema-words.js';

/** The schema that this release writes. */
export const SCHEMA_VERSION = STEPS.length;

/**
 * Brings a database to the present schema, one transaction a step. Only its one writer may do so.
 * @throws StoreError `invalid` for a database that a newer release has written.
 */
export async function migrate({ kind, db }: Engine): Promise<void> {
  const version = await readSchemaVersion({ kind, db });
  refuseNewer(version);
  for (let from = version; from < SCHEMA_VERSION; from++) {
    await db.transaction().execute((transaction) => takeSteps({ kind, db: transaction }, { from, to: from + 1 }));
  }
}

/** @throws StoreError `invalid` for what a newer release has written. */
export function refuseNewer(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new StoreError(
    'invalid',
    `The data were written by a newer release: schema ${version}, this one knows up to ${SCHEMA_VERSION}`,
  );
}

/** Takes a database, in a transaction, from one schema to a later one. */
export async function takeSteps(
  { kind, db }: Pick<Engine, 'kind' | 'db'>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  for (const step of STEPS.slice(from, to)) {
    for (const part of step(WORDS[kind])) {
      if (typeof part === 'string') await sql.raw(part).execute(db);
      else await part({ kind, db });
    }
  }
  for (const statement of setVersion(kind, to)) await sql.raw(statement).execute(db);
}

/** The schema of a database; 0 if there is none. */
export async function readSchemaVersion({ kind, db }: Pick<Engine, 'kind' | 'db'>): Promise<number> {
  if (kind === 'sqlite') {
    const { rows } = await sql<{ user_version: number }>`PRAGMA user_version`.execute(db);
    return rows[0]?.user_version ?? 0;
  }
  const { rows: known } = await sql<{
    there: boolean;
  }>`SELECT to_regclass('schema_version') IS NOT NULL AS there`.execute(db);
  if (known[0]?.there !== true) return 0;
  const { rows } = await sql<{ version: number }>`SELECT version FROM schema_version`.execute(db);
  return rows[0]?.version ?? 0;
}

const setVersion = (kind: DatabaseKind, version: number): readonly string[] =>
  kind === 'sqlite'
    ? [`PRAGMA user_version = ${version}`]
    : [
        `CREATE TABLE IF NOT EXISTS schema_version (one BIGINT PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL)`,
        `INSERT INTO schema_version (one, version) VALUES (1, ${version}) ON CONFLICT (one) DO UPDATE SET version = ${version}`,
      ];
