import { setTimeout as pause } from 'node:timers/promises';
import { openLocalIssuer } from '../../packages/gateway/test/identity/local-issuer.js';
import { openDatabase, withoutPostgres } from './postgres.js';
import { reportOf, type Scenario, type ScenarioOptions, type ScenarioReport } from './scenario.js';
import { tryAllCredentials } from './try-all-credentials.js';
import { World } from './world.js';

/** Milliseconds of load before a kill, at least and at most. */
const LOAD = { least: 100, most: 1500 };

/** Kills between two times that credentials of all kinds are used. */
const CREDENTIALS_EVERY = 5;

/** Kills the gateway again and again, at random moments under load, with each engine. */
export const kills: Scenario = async (options) => {
  const reports = [await killed('kills, SQLite', { ...options, name: 'kills-sqlite' })];
  const missing = await withoutPostgres();
  if (missing !== undefined) return [...reports, { scenario: 'kills, PostgreSQL', skipped: missing }];
  const { server, databaseUrl } = await openDatabase(options.secrets);
  await using _server = server;
  return [...reports, await killed('kills, PostgreSQL', { ...options, name: 'kills-postgres', databaseUrl })];
};

async function killed(
  scenario: string,
  options: ScenarioOptions & { readonly name: string; readonly databaseUrl?: string },
): Promise<ScenarioReport> {
  const { tell, short, secrets, kills: wanted = short ? 5 : 100 } = options;
  await using issuer = await openLocalIssuer();
  const environment = { THINGWRIGHT_JWT_ISSUER: issuer.url, THINGWRIGHT_JWT_AUDIENCE: 'thingwright' };
  await using world = await World.open({ ...options, environment });
  for (let run = 1; run <= wanted; run++) {
    if (run % CREDENTIALS_EVERY === 1) await tryAllCredentials(world, { secrets, issuer });
    world.begin();
    await pause(LOAD.least + world.random() * (LOAD.most - LOAD.least));
    await world.killAndStart();
    await world.look();
    await world.everybodyIsThere();
    if (run % 10 === 0 || run === wanted) tell(`${scenario}: ${run} of ${wanted}`);
  }
  const readers = await world.compareReaders();
  const { tally, gateway } = world;
  const figures = [`cut or refused: ${JSON.stringify(world.failures)}`];
  return reportOf({ scenario, runs: wanted, figures }, { tally, readers, starts: gateway.starts });
}
