import type { DatabaseConnection } from 'kysely';

/** A connection to a database. Its errors are StoreErrors: `unavailable` for what may pass, `failed` for all else. */
export interface Session extends DatabaseConnection {
  /** False once it is of no more use: closed, lost, or left in an unknown state. */
  readonly usable: boolean;
  /** Leaves a transaction, if one is open; a session that cannot is of no more use. Does not throw. */
  rollback(): Promise<void>;
  close(): Promise<void>;
}
