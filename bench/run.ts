/**
 * `npm run bench [-- --smoke] [--only NAME…] [--rounds N] [--json FILE] [--profile FOLDER]`: measures every scenario beside
 * the same work done with bare `ws`, and prints a table. Fails if a message was lost, changed or doubled; a budget that is
 * not met is shown and fails nothing.
 */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bench, Scenario } from './harness/bench.js';
import { bundlePrograms, removeBundles } from './harness/bundle.js';
import { startProgram } from './harness/program.js';
import { isMet, type Row } from './harness/row.js';
import { formatTable } from './harness/table.js';
import { campaign } from './scenarios/campaign.js';
import { endToEnd } from './scenarios/end-to-end.js';
import { fanOut } from './scenarios/fan-out.js';
import { httpReads } from './scenarios/http-reads.js';
import { idleMemory } from './scenarios/idle-memory.js';
import { ingest } from './scenarios/ingest.js';
import { latency } from './scenarios/latency.js';
import { manyThings } from './scenarios/many-things.js';
import { policy } from './scenarios/policy.js';
import { requests } from './scenarios/requests.js';
import { scannerFleet } from './scenarios/scanner-fleet.js';
import { scannerUpload } from './scenarios/scanner-upload.js';
import { stalledReader } from './scenarios/stalled-reader.js';

const SCENARIOS: readonly Scenario[] = [
  fanOut,
  requests,
  ingest,
  endToEnd,
  latency,
  httpReads,
  idleMemory,
  stalledReader,
  manyThings,
  policy,
  campaign,
  scannerUpload,
  scannerFleet,
];

/** How `npm start` and docs/operations.md start a gateway. */
const AS_STARTED = ['--min-semi-space-size=64', '--max-semi-space-size=64'];

const { values: options } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});

function canPin(): boolean {
  try {
    execFileSync('taskset', ['-c', '1', process.execPath, '--version'], { stdio: 'ignore' });
    return availableParallelism() > 1;
  } catch {
    return false;
  }
}

const chosen = SCENARIOS.filter(({ name }) => options.only === undefined || options.only.includes(name));
if (chosen.length === 0) {
  console.error(`There is no such scenario; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinned = canPin();
const machine = { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), node: process.version, pinned };
const programs = await bundlePrograms(root);
const bench: Bench = {
  smoke: options.smoke,
  rounds: Number(options.rounds ?? (options.smoke ? 1 : 7)),
  start(name) {
    const file = programs.get(name);
    if (file === undefined) throw new RangeError(`There is no program '${name}'`);
    const isLoad = name.startsWith('load/');
    return startProgram(file, {
      core: pinned ? Number(isLoad) : undefined,
      profile: isLoad ? undefined : options.profile,
      flags: name === 'servers/gateway' ? AS_STARTED : [],
    });
  },
};

const rows: Row[] = [];
let failed = false;
try {
  for (const { name, run } of chosen) {
    console.error(`${name} …`);
    try {
      rows.push(...(await run(bench)));
    } catch (error) {
      failed = true;
      console.error(`${name} FAILED:`, error);
    }
  }
} finally {
  await removeBundles(root);
}
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${bench.rounds} pairs of rounds`);
console.log(options.smoke ? 'Every message was right; with so few of them the figures mean nothing.\n' : '');
console.log(formatTable(rows));
if (options.json !== undefined) {
  const report = { machine, rounds: bench.rounds, rows: rows.map((row) => ({ ...row, met: isMet(row) })) };
  await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
process.exitCode = failed ? 1 : 0;
