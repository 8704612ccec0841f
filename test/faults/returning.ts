import { setTimeout as pause } from 'node:timers/promises';
import type { Static, TSchema } from 'typebox';
import { Nothing } from '../line-cuts/faults/messages.js';
import { type Program, startProgram } from '../line-cuts/faults/program.js';
import { ask } from './gateway-requests.js';
import { Many, Return } from './returning-messages.js';
import { reportOf, type Scenario } from './scenario.js';
import { World } from './world.js';

/** Readers of one process. */
const READERS_EACH = 2500;
/** Milliseconds. */
const PERIOD = 1000;
/** Milliseconds for which nobody comes back after the gateway is there again, so that everybody has missed something. */
const AWAY = 4000;
/** Milliseconds that all of them may take to be back, and to have everything. */
const PATIENCE = 60_000;
/** Bytes that a gateway may have at most, beside those of each reader. */
const MEMORY = { base: 300 * 1024 * 1024, reader: 60 * 1024 };

/** Kills a gateway that has thousands of readers, and starts it again; all of them come back at once. */
export const returning: Scenario = async (options) => {
  const readers = options.short ? 1000 : 5000;
  const args = ['--max-connections-per-address', '20000', '--max-connections', '20000'];
  await using world = await World.open({ ...options, name: 'returning', stations: 4, period: PERIOD, args });
  const { gateway, token, tally } = world;
  const things = await Promise.all(
    world.stations.map(async (_, number) => {
      const name = `station-${number}`;
      const { body } = await ask(`${gateway.url}/things/${name}`, { authorization: `Bearer ${token}` });
      return { id: String(body.id), name };
    }),
  );
  await using started = startPrograms(Math.ceil(readers / READERS_EACH));
  const { programs } = started;
  const all = <T extends TSchema>(command: string, result: T, input?: unknown): Promise<readonly Static<T>[]> =>
    Promise.all(programs.map((program) => program.call(command, result, input)));
  const count = async (command: string, input: unknown): Promise<number> =>
    (await all(command, Many, input)).reduce((sum, { count: own }) => sum + own, 0);
  const waitFor = async (command: string, input: unknown): Promise<number> => {
    const begun = performance.now();
    for (;;) {
      const many = await count(command, input);
      const took = performance.now() - begun;
      if (many === readers) return took;
      if (took > PATIENCE) tally.violate(`${readers - many} of ${readers} readers are not '${command}'`);
      if (took > PATIENCE) return took;
      await pause(100);
    }
  };
  await all('open', Nothing, { url: gateway.url, token, things, readers: readers / programs.length });
  world.begin();
  await pause(3 * PERIOD);
  const before = await gateway.memory();
  await all('hold', Nothing);
  await world.killAndStart();
  await pause(AWAY);
  await all('release', Nothing);
  const back = await waitFor('standing', { times: 2 });
  const after = await gateway.memory();
  await world.look();
  await world.everybodyIsThere();
  await pause(3 * PERIOD);
  const own = await world.compareReaders();
  const truth = await Promise.all(world.stations.map((station) => station.history()));
  await waitFor('complete', { truth });
  const sum = { ...own };
  for (const one of await all('compare', Return, { truth })) {
    for (const key of ['readers', 'notifications', 'gaps', 'missed', 'duplicates', 'lost'] as const)
      sum[key] += one[key];
  }
  if (sum.duplicates > 0) tally.violate(`${sum.duplicates} notifications came twice or out of order`);
  if (sum.lost > 0) tally.violate(`${sum.lost} notifications were lost without a word`);
  const { most } = await gateway.memory();
  const allowed = MEMORY.base + readers * MEMORY.reader;
  if (most > allowed) tally.violate(`the gateway took ${megabytes(most)}, more than ${megabytes(allowed)}`);
  await all('close', Nothing);
  const figures = [
    `${readers} readers came back at the same moment and were all there after ${(back / 1000).toFixed(1)} s; memory of the gateway (RSS) ${megabytes(before.now)} ` +
      `before, ${megabytes(after.now)} when all are back, ${megabytes(most)} at most`,
  ];
  return [reportOf({ scenario: 'readers return', runs: 1, figures }, { tally, readers: sum, starts: gateway.starts })];
};

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MB`;

function startPrograms(processes: number) {
  const file = new URL('returning.program.ts', import.meta.url);
  const programs: readonly Program[] = Array.from({ length: processes }, () => startProgram(file));
  return {
    programs,
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    },
  };
}
