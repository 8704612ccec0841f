import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.js';
import type { Engine } from './engine.js';

/**
 * Runs a transaction that waits for no disk. A power failure may take it, and then all that came later: for work that can be done
 * again from what was committed before. Whatever is committed in the usual way later makes it last too, for both engines write
 * in order.
 */
export function lightTransaction<T>(
  { kind, db }: Pick<Engine, 'kind' | 'db'>,
  work: (transaction: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  if (kind === 'postgres') {
    return db.transaction().execute(async (transaction) => {
      await sql`SET LOCAL synchronous_commit TO OFF`.execute(transaction);
      return work(transaction);
    });
  }
  return db.connection().execute(async (connection) => {
    await sql`PRAGMA synchronous = NORMAL`.execute(connection);
    try {
      return await connection.transaction().execute(work);
    } finally {
      await sql`PRAGMA synchronous = FULL`.execute(connection);
    }
  });
}
