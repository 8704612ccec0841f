/**
 * `npm run test:lines [-- --short] [--seed N] [--readers N] [--seconds N] [--json FILE]`: readers whose lines are cut every few
 * seconds, and stalled, delayed, throttled and half closed between that; then every one has to have every notification
 * exactly once and in order, or a gap that it was told. Exit code 1 if not, if a promise was left hanging, or if memory grew.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openLineCutter, planLine } from '../src/index.js';
import { AllFinals, Nothing, Progress, ReadersReport, Served, Usage } from './messages.js';
import { type Program, startProgram } from './program.js';
import { addReports, formatReport, type RunReport, type UsageReport, violationsOf } from './report.js';

/** Readers of one process. */
const READERS_EACH = 500;
/** How long everybody has to come back, and then to have everything (milliseconds). */
const PATIENCE = 40_000;

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    readers: { type: 'string' },
    seconds: { type: 'string' },
    json: { type: 'string' },
  },
});

const whole = (text: string | undefined, otherwise: number, name: string): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} takes a whole number, not '${text}'`);
  process.exit(2);
};
const seed = whole(options.seed, Math.floor(Math.random() * 2 ** 31), 'seed');
const readers = whole(options.readers, options.short ? 100 : 1000, 'readers');
const seconds = whole(options.seconds, options.short ? 15 : 120, 'seconds');

const report = await run();
console.log(formatReport(report));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
const { TEST_COUNTS: counts } = process.env;
if (counts) {
  const { violations: failures } = report;
  const failed = failures.length;
  const count = { suite: 'test:lines', passed: failed === 0 ? 1 : 0, failed, skipped: 0, failures };
  appendFileSync(counts, `${JSON.stringify(count)}\n`);
}
process.exitCode = report.violations.length === 0 ? 0 : 1;

async function run(): Promise<RunReport> {
  console.error(`seed ${seed}: ${readers} readers, ${seconds} s`);
  await using server = startProgram(new URL('server.program.ts', import.meta.url));
  const { port: target } = await server.call('open', Served);
  await using cutter = await openLineCutter({ target, plan: (number) => planLine(number, { seed }) });
  await using started = startReaders(Math.ceil(readers / READERS_EACH));
  const { loads } = started;
  await Promise.all(
    loads.map((load, part) =>
      load.call('open', Nothing, { port: cutter.port, readers, part, parts: loads.length, seed }),
    ),
  );

  await until(loads, ({ connected, readers: of }) => connected === of);

  console.error('every reader is there; faults begin');
  const programs = [server, ...loads];
  cutter.begin();
  await sleep(seconds / 4);
  const early = await usageOf(programs);
  await sleep((seconds * 3) / 4);
  cutter.calm();
  const lines = cutter.counts();

  console.error('faults are over; everybody comes back');
  await all(loads, 'quiet');
  await until(loads, ({ connected, readers: of }) => connected === of);
  const finals = await server.call('stop', AllFinals);
  await Promise.all(loads.map((load) => load.call('compare', Nothing, finals)));
  await until(loads, ({ complete, pending, readers: of }) => complete === of && pending === 0);
  const late = await usageOf(programs);
  const { groups, promises } = addReports(await Promise.all(loads.map((load) => load.call('report', ReadersReport))));

  await all(loads, 'close');
  const ended = await Promise.all(loads.map((load) => load.end()));
  const left = await usageWithoutSockets(server);
  await server.call('close', Nothing);
  ended.unshift(await server.end());

  const usage = programs.map((_, number): UsageReport => {
    const [from, to] = [early[number], late[number]];
    if (!from || !to) throw new RangeError(`Process ${number} has not told its usage`);
    const process = number === 0 ? 'server' : `readers ${number}`;
    return { process, early: from, late: to, ...(number === 0 ? { left } : {}) };
  });
  const stuck = ended.flatMap((byItself, number) =>
    byItself ? [] : [`${usage[number]?.process}: something stays open, the process did not end by itself`],
  );
  return {
    seed,
    readers,
    seconds,
    machine: { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), node: process.version },
    lines,
    groups,
    promises,
    usage,
    violations: [...violationsOf({ groups, promises }, usage), ...stuck],
  };
}

function startReaders(processes: number) {
  const file = new URL('readers.program.ts', import.meta.url);
  const loads = Array.from({ length: processes }, () => startProgram(file));
  return {
    loads,
    async [Symbol.asyncDispose]() {
      await Promise.all(loads.map((load) => load[Symbol.asyncDispose]()));
    },
  };
}

async function all(programs: readonly Program[], command: string): Promise<void> {
  await Promise.all(programs.map((program) => program.call(command, Nothing)));
}

function usageOf(programs: readonly Program[]): Promise<readonly Usage[]> {
  return Promise.all(programs.map((program) => program.call('usage', Usage)));
}

/** The usage of a server whose clients have left, as soon as it has noticed. */
async function usageWithoutSockets(server: Program): Promise<Usage> {
  const limit = performance.now() + PATIENCE;
  let usage = await server.call('usage', Usage);
  while (usage.sockets > 0 && performance.now() < limit) {
    await sleep(0.2);
    usage = await server.call('usage', Usage);
  }
  return usage;
}

/** Waits until all processes have come that far, or patience is over: then the report says what is missing. */
async function until(programs: readonly Program[], isThere: (progress: Progress) => boolean): Promise<void> {
  const limit = performance.now() + PATIENCE;
  while (performance.now() < limit) {
    const all = await Promise.all(programs.map((program) => program.call('progress', Progress)));
    if (all.every(isThere)) return;
    await sleep(0.2);
  }
}

function sleep(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time * 1000));
}
