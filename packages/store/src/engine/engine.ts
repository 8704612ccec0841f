import { type Driver, Kysely } from 'kysely';
import { openPostgresSession } from '../postgres/postgres-session.js';
import { openSqliteSession } from '../sqlite/sqlite-session.js';
import type { Tables } from '../tables.js';
import { Unsettled } from '../unsettled.js';
import { type DatabaseKind, dialectOf } from './database-kind.js';
import type { Session } from './session.js';
import { singleDriver } from './single-driver.js';

/** Where a database is: a file or `:memory:`, or the URL of a PostgreSQL. */
export interface Place {
  readonly kind: DatabaseKind;
  readonly location: string;
  /** Whether it is read only. Otherwise this is the one writer of that database. */
  readonly readOnly: boolean;
}

/** A database with one connection to it. */
export interface Engine {
  readonly kind: DatabaseKind;
  readonly db: Kysely<Tables>;
  /** Of use only to the writer. */
  readonly unsettled: Unsettled;
  close(): Promise<void>;
}

/** Makes an engine; it connects when it is first asked. `wrap` may change what its driver throws. */
export function createEngine(place: Place, wrap: (driver: Driver) => Driver = (driver) => driver): Engine {
  const { kind, readOnly } = place;
  const open = async (): Promise<Session> =>
    kind === 'sqlite' ? openSqliteSession(place) : openPostgresSession(place);
  const begin = kind === 'sqlite' ? (readOnly ? 'begin' : 'begin immediate') : BEGIN_POSTGRES;
  const driver = wrap(singleDriver({ open, begin }));
  const db = new Kysely<Tables>({ dialect: dialectOf(kind, () => driver) });
  // Kysely destroys a driver only if it was used.
  return { kind, db, unsettled: new Unsettled(), close: () => driver.destroy() };
}

/** All statements of a transaction see the same state, as they do in SQLite. */
const BEGIN_POSTGRES = 'begin isolation level repeatable read';
