/**
 * `npm run test:faults [-- [SCENARIO…] --short --seed N --kills N --json FILE]`: what becomes of those who rely
 * on a gateway when their lines are cut, when it is killed, its database goes away, its disk is full, its clock jumps, or all its
 * readers come back at once. Exit code 1 if anything acknowledged is lost, if a reader lost something unawares, or if a secret is
 * in a log. docs/reliability.md tells more.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { campaigns } from './campaigns.js';
import { clock } from './clock.js';
import { database } from './database.js';
import { disk } from './disk.js';
import { kills } from './kills.js';
import { lines } from './lines.js';
import { PlantedSecrets } from './planted-secrets.js';
import { type FaultsReport, formatReport, violationsOf } from './report.js';
import { returning } from './returning.js';
import type { Scenario, ScenarioOptions, ScenarioReport, SkippedScenario } from './scenario.js';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  lines,
  kills,
  database,
  disk,
  clock,
  returning,
  campaigns,
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    kills: { type: 'string' },
    json: { type: 'string' },
  },
});
for (const name of positionals) if (!Object.hasOwn(SCENARIOS, name)) wrong(`There is no scenario '${name}'`);
const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
const seed = whole('seed') ?? Math.floor(Math.random() * 2 ** 31);
const killsWanted = whole('kills');

const report = await run();
console.log(formatReport(report));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
const violations = violationsOf(report);
const { TEST_COUNTS: counts } = process.env;
if (counts) {
  const skipped = report.scenarios.filter((one) => 'skipped' in one).length;
  const failed = violations.length;
  const passed = failed === 0 ? report.scenarios.length - skipped : 0;
  appendFileSync(
    counts,
    `${JSON.stringify({ suite: 'test:faults', passed, failed, skipped, failures: violations })}\n`,
  );
}
process.exitCode = violations.length === 0 ? 0 : 1;

async function run(): Promise<FaultsReport> {
  console.error(`seed ${seed}: ${names.join(', ')}`);
  const folder = await mkdtemp(join(tmpdir(), 'thingwright-faults-'));
  const secrets = new PlantedSecrets();
  const scenarios: (ScenarioReport | SkippedScenario)[] = [];
  const tell = (text: string): void => console.error(text);
  const shared = { short: options.short, seed, kills: killsWanted, folder, secrets, tell };
  for (const name of names) scenarios.push(...(await runOne(name, shared)));
  const logs = (await readdir(folder)).filter((file) => file.endsWith('.log')).map((file) => join(folder, file));
  const { lines, betrayals } = await secrets.find(logs);
  if (betrayals.length === 0) await rm(folder, { recursive: true, force: true });
  return {
    date: new Date().toISOString().slice(0, 10),
    form: options.short ? 'short' : 'long',
    seed,
    machine: { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), node: process.version },
    scenarios,
    secrets: { planted: secrets.kinds, lines, betrayals },
  };
}

/** A scenario that breaks off is a violation, and the others go on. */
async function runOne(name: string, shared: ScenarioOptions): Promise<readonly (ScenarioReport | SkippedScenario)[]> {
  try {
    return (await SCENARIOS[name]?.(shared)) ?? [];
  } catch (error) {
    const violations = [`it broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
    const readers = { readers: 0, notifications: 0, gaps: 0, missed: 0, duplicates: 0, lost: 0 };
    return [{ scenario: name, runs: 0, counts: {}, readers, starts: [], figures: [], violations }];
  }
}

function whole(name: 'seed' | 'kills'): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 ? value : wrong(`--${name} takes a whole number, not '${text}'`);
}

function wrong(why: string): never {
  console.error(why);
  process.exit(2);
}
