import { DatabaseSync } from '@photostructure/sqlite';
import { ThingError } from '@thingwright/core';

/** An open database; that of `node:sqlite`. */
export type Database = InstanceType<typeof DatabaseSync>;

/**
 * Opens a database file, or one in memory. `synchronous` is FULL: what a registry has acknowledged (a token handed out, an
 * id used up) must outlive a power failure, and it is written seldom; histories may choose otherwise for theirs.
 */
export function openDatabase(location: string): Database {
  return guarded(`The database ${location} cannot be opened`, () => {
    const database = new DatabaseSync(location, { timeout: 2000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    return database;
  });
}

/** Runs `work` in a transaction: all of it is kept once this returns, nothing if it throws. */
export function transaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Result codes (https://sqlite.org/rescode.html) of what may pass: locked, read-only, input or output, full, cannot open. */
const PASSING: ReadonlySet<number> = new Set([5, 6, 8, 10, 13, 14]);
const BUSY = 5;
const CONSTRAINT = 19;

/** Runs `work`; errors of SQLite leave as ThingErrors: `unavailable`, or `failed` for a damaged file and for our own faults. */
export function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ThingError) throw error;
    const code = resultCode(error);
    const passing = code === undefined ? isClosed(error) : PASSING.has(code);
    const why = error instanceof Error ? `: ${error.message}` : '';
    throw new ThingError(passing ? 'unavailable' : 'failed', `${what}${why}`, { cause: error });
  }
}

/** Tells whether somebody else holds a lock. */
export const isBusy = (error: unknown): boolean => resultCode(error) === BUSY;

/** Tells whether a statement was refused by a constraint of the schema. */
export const isConstraint = (error: unknown): boolean => resultCode(error) === CONSTRAINT;

const isClosed = (error: unknown): boolean =>
  error instanceof Error && ('code' in error ? error.code === 'ERR_INVALID_STATE' : /not open/.test(error.message));

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}
