import { setTimeout as pause } from 'node:timers/promises';
import { reportOutage, watchOutage } from './outage.js';
import { openDatabase, withoutPostgres } from './postgres.js';
import type { Scenario } from './scenario.js';
import { World } from './world.js';

/** Milliseconds of load before. */
const LOAD = 2000;

/** Stops the PostgreSQL beneath a gateway at work, and starts it again after a while; then kills the gateway once. */
export const database: Scenario = async (options) => {
  const scenario = 'database stopped';
  const missing = await withoutPostgres();
  if (missing !== undefined) return [{ scenario, skipped: missing }];
  const { server, databaseUrl } = await openDatabase(options.secrets);
  await using _server = server;
  await using world = await World.open({ ...options, name: 'database', databaseUrl });
  world.begin();
  await pause(LOAD);
  await server.kill();
  const outage = await watchOutage(world, { milliseconds: options.short ? 8000 : 30_000 });
  await server.start();
  return [await reportOutage(world, outage, scenario)];
};
