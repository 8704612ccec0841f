import type { CompiledQuery, QueryResult } from 'kysely';
import type { Client, QueryResult as PostgresResult } from 'pg';
import type { Session } from '../engine/session.js';
import { StoreError } from '../engine/store-error.js';
import { storableText } from '../storable-text.js';

/** All that is ours is in a schema of its own. */
const SCHEMA = 'thingwright';
/** Names the lock of the one gateway that may write; any number that others are unlikely to pick. */
const LOCK = 7_461_689_511;
/** Milliseconds. Longer than any statement of ours needs, and short enough for whoever waits. */
const CONNECT_TIMEOUT = 3000;
const QUERY_TIMEOUT = 5000;

/**
 * Connects to a PostgreSQL. A session that writes holds the lock of the database for as long as it lasts, so that nobody else writes
 * even if the server ends it without our knowing.
 * @throws StoreError `conflict` if another gateway holds the lock, `unavailable` if the server cannot be reached.
 */
export async function openPostgresSession({
  location,
  readOnly,
}: {
  readonly location: string;
  readonly readOnly: boolean;
}): Promise<Session> {
  // Most gateways never need it.
  const { default: pg } = await import('pg');
  /** Numbers of 64 bits are numbers: all of ours fit. */
  const getTypeParser = (id: number, format?: 'text' | 'binary'): ((value: string) => unknown) => {
    if (id === INT8 || id === NUMERIC) return Number;
    return format === 'binary' ? pg.types.getTypeParser(id, 'binary') : pg.types.getTypeParser(id, 'text');
  };
  const client = new pg.Client({
    connectionString: location,
    application_name: 'thingwright',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: QUERY_TIMEOUT,
    statement_timeout: QUERY_TIMEOUT,
    keepAlive: true,
    types: { getTypeParser },
  });
  let usable = true;
  const lose = (): void => {
    usable = false;
  };
  // Without a listener the loss of a connection would end the process.
  client.on('error', lose).on('end', lose);
  try {
    await client.connect();
    if (!readOnly) await prepare(client);
    await client.query(`SET search_path TO ${SCHEMA}`);
  } catch (error) {
    client.end().catch(() => undefined);
    throw toStoreError(error);
  }

  const query = async (text: string, values: readonly unknown[]): Promise<PostgresResult> => {
    try {
      return await client.query(text, values.map(toParameter));
    } catch (error) {
      // After a time-out the server may still be at work on it, and the next answer would be that of another question.
      const state = stateOf(error);
      if (state === undefined || state === QUERY_CANCELED) lose();
      throw toStoreError(error);
    }
  };

  return {
    get usable() {
      return usable;
    },
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, rowCount } = await query(sql, parameters);
      return { rows, ...(rowCount === null ? {} : { numAffectedRows: BigInt(rowCount) }) };
    },
    streamQuery() {
      throw new TypeError('Rows are read in pages');
    },
    async rollback() {
      if (usable) await query('ROLLBACK', []).catch(lose);
    },
    async close() {
      lose();
      await client.end().catch(() => undefined);
    },
  };
}

async function prepare(client: Client): Promise<void> {
  const { rows } = await client.query(`SELECT pg_try_advisory_lock(${LOCK}) AS locked`);
  if (rows[0]?.locked !== true) throw new StoreError('conflict', 'The database is in use by another gateway');
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
}

/** The last guard: what a stranger made up must not refuse what others have committed with it. */
function toParameter(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  return Array.isArray(value) ? value.map(toParameter) : value;
}

const INT8 = 20;
const NUMERIC = 1700;

const QUERY_CANCELED = '57014';
/** Classes of SQLSTATE (appendix A of PostgreSQL's manual) of what may pass: connection, resources, operator, system, read-only. */
const PASSING = /^(08|25|53|57|58|40|55P03|28)/;

function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const state = stateOf(error);
  if (state === undefined) return new StoreError('unavailable', 'The database cannot be reached', { cause: error });
  const code = PASSING.test(state) ? 'unavailable' : 'failed';
  const why = error instanceof Error ? `: ${error.message}` : '';
  return new StoreError(code, `The store cannot be used${why}`, { cause: error });
}

/** The SQLSTATE of what the server refused; errors of the connection have none. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'severity' in error && 'code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
