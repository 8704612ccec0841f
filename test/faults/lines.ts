import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as t from 'typebox';
import { Parse } from 'typebox/value';
import type { Scenario } from './scenario.js';

const PROGRAM = fileURLToPath(new URL('../line-cuts/faults/run.ts', import.meta.url));

/** What of the report of `npm run test:lines` is taken over. */
const LinesReport = t.Object({
  lines: t.Object({ lines: t.Integer(), torn: t.Integer() }),
  groups: t.Array(
    t.Object({
      readers: t.Integer(),
      cuts: t.Integer(),
      notifications: t.Integer(),
      gaps: t.Integer(),
      missed: t.Integer(),
      duplicates: t.Integer(),
      losses: t.Integer(),
    }),
  ),
  violations: t.Array(t.String()),
});

/** Cuts the lines of readers: `npm run test:lines` as a part of this run. */
export const lines: Scenario = async ({ short, seed, folder }) => {
  const scenario = 'lines cut';
  const file = join(folder, 'lines.json');
  const args = [...(short ? ['--short'] : []), '--seed', String(seed), '--json', file];
  const { TEST_COUNTS: _counted, ...env } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  const [code] = await once(child, 'exit');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`the run with cut lines ended with ${code} and without a report`);
  const report = Parse(LinesReport, JSON.parse(text));
  const readers = { readers: 0, notifications: 0, gaps: 0, missed: 0, duplicates: 0, lost: 0 };
  let cuts = 0;
  for (const { losses, cuts: own, ...group } of report.groups) {
    for (const key of ['readers', 'notifications', 'gaps', 'missed', 'duplicates'] as const) readers[key] += group[key];
    readers.lost += losses;
    cuts += own;
  }
  const figures = [`${report.lines.lines} lines, ${report.lines.torn} of them torn within a chunk`];
  const { violations } = report;
  return [{ scenario, runs: cuts, counts: {}, readers, starts: [], figures, violations }];
};
