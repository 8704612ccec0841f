import { DatabaseSync } from '@photostructure/sqlite';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { Session } from '../engine/session.js';
import { StoreError } from '../engine/store-error.js';

type Database = InstanceType<typeof DatabaseSync>;
type Statement = ReturnType<Database['prepare']>;

/** How many statements stay prepared; the store has fewer, but for lists of different lengths. */
const MOST_PREPARED = 200;

/** Bytes of a page of a new file: groups and pieces fill many pages, and each is written, summed and read by itself. */
const PAGE = 8192;

/**
 * Opens a database file, or one in memory. WAL with `synchronous = FULL`: what was committed outlives a power failure; commits are
 * made in groups, so it costs little. Deleted pages go back to the disk by `incremental_vacuum` (only in files that begin so; the same
 * holds for the size of pages).
 */
export function openSqliteSession({
  location,
  readOnly,
}: {
  readonly location: string;
  readonly readOnly: boolean;
}): Session {
  const database = guarded('The database cannot be opened', () => {
    const opened = new DatabaseSync(location, { timeout: 2000, readOnly });
    if (readOnly) return opened;
    opened.exec(`PRAGMA page_size = ${PAGE}; PRAGMA auto_vacuum = INCREMENTAL`);
    opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    opened.exec('PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384');
    return opened;
  });
  const statements = new Map<string, { readonly statement: Statement; readonly gives: boolean }>();

  const prepared = (sql: string): { readonly statement: Statement; readonly gives: boolean } => {
    const known = statements.get(sql);
    if (known) return known;
    if (statements.size >= MOST_PREPARED) statements.clear();
    const statement = database.prepare(sql);
    // `incremental_vacuum` gives rows without columns, and works as far as they are taken.
    const entry = { statement, gives: statement.columns().length > 0 || sql.startsWith('PRAGMA') };
    statements.set(sql, entry);
    return entry;
  };

  return {
    get usable() {
      return database.isOpen;
    },
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      return guarded('The store cannot be used', () => {
        const { statement, gives } = prepared(sql);
        if (gives) return { rows: statement.all(...parameters) };
        return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) };
      });
    },
    streamQuery() {
      throw new TypeError('Rows are read in pages');
    },
    async rollback() {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
    },
    async close() {
      if (!database.isOpen) return;
      statements.clear();
      // Prepared statements keep SQLite from doing this by itself at the close.
      if (!readOnly) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
    },
  };
}

/** Result codes (https://sqlite.org/rescode.html) of what may pass: locked, read-only, input or output, full, cannot open. */
const PASSING: ReadonlySet<number> = new Set([5, 6, 8, 10, 13, 14]);
const BUSY = 5;

/** Runs `work`; errors of SQLite leave as StoreErrors: `unavailable`, or `failed` for a damaged file and for our own faults. */
export function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const code = resultCode(error);
    const passing = code === undefined ? isClosed(error) : PASSING.has(code);
    const why = error instanceof Error ? `: ${error.message}` : '';
    throw new StoreError(passing ? 'unavailable' : 'failed', `${what}${why}`, { cause: error });
  }
}

/** Tells whether somebody else holds a lock. */
export const isBusy = (error: unknown): boolean => resultCode(error) === BUSY;

const isClosed = (error: unknown): boolean =>
  error instanceof Error && ('code' in error ? error.code === 'ERR_INVALID_STATE' : /not open/.test(error.message));

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}
