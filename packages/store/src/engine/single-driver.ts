import { CompiledQuery, type DatabaseConnection, type Driver } from 'kysely';
import type { Session } from './session.js';
import { StoreError } from './store-error.js';
import { createTurns } from './turns.js';

/** How a {@link singleDriver} comes by its session and begins a transaction. */
export interface SingleDriverOptions {
  open(): Promise<Session>;
  readonly begin: string;
}

/** Milliseconds between two attempts to open a session. */
const LEAST_BETWEEN = 100;
const MOST_BETWEEN = 2000;

/**
 * A Kysely driver over one session for all: who comes later waits. One that is no longer usable is replaced by the next who
 * asks. So writers never meet in the database, and a transaction that reads before it writes needs no locks.
 */
export function singleDriver({ open, begin }: SingleDriverOptions): Driver {
  const turns = createTurns();
  let session: Session | undefined;
  let closed = false;
  let failures = 0;
  let failure: unknown;
  /** Until then nobody tries: all who wait would try one after the other, each until its time is up. */
  let retryAt = 0;

  const connect = async (): Promise<Session> => {
    if (failures > 0 && performance.now() < retryAt) throw failure;
    try {
      const opened = await open();
      failures = 0;
      return opened;
    } catch (error) {
      failure = error;
      retryAt = performance.now() + Math.min(MOST_BETWEEN, LEAST_BETWEEN * 2 ** failures++);
      throw error;
    }
  };
  const present = async (): Promise<Session> => {
    if (closed) throw new StoreError('unavailable', 'The store is closed');
    if (session?.usable) return session;
    await session?.close();
    session = undefined;
    session = await connect();
    return session;
  };
  const run = async (connection: DatabaseConnection, sql: string): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(sql));
  };

  return {
    init: async () => undefined,
    async acquireConnection() {
      await turns.take();
      try {
        return await present();
      } catch (error) {
        turns.pass();
        throw error;
      }
    },
    beginTransaction: (connection) => run(connection, begin),
    commitTransaction: (connection) => run(connection, 'commit'),
    rollbackTransaction: async () => session?.rollback(),
    releaseConnection: async () => turns.pass(),
    async destroy() {
      await turns.take();
      closed = true;
      await session?.close();
      turns.pass();
    },
  };
}
