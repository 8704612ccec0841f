import { readdir } from 'node:fs/promises';
import { type PostgresServer, startPostgres } from '../system/fixture/postgres-server.js';
import type { PlantedSecrets } from './planted-secrets.js';

/** Where Debian keeps its programs. */
const PROGRAMS = '/usr/lib/postgresql/15/bin';

/** Why no PostgreSQL can be started here; undefined if one can. */
export async function withoutPostgres(): Promise<string | undefined> {
  const programs: readonly string[] = await readdir(PROGRAMS).catch(() => []);
  return programs.includes('pg_ctl') ? undefined : `${PROGRAMS}/pg_ctl is missing: apt-get install postgresql`;
}

/** A server of our own with an empty database, whose URL has a password that is planted. */
export async function openDatabase(
  secrets: PlantedSecrets,
): Promise<{ readonly server: PostgresServer; readonly databaseUrl: string }> {
  const server = await startPostgres();
  const url = new URL(await server.createDatabase());
  url.password = secrets.plant('database password', 'password-of-the-database');
  return { server, databaseUrl: url.href };
}
