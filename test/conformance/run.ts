/**
 * `npm run conformance`: runs the suites whose tests are named by assertion ids, and prints how many rows of each list
 * are covered and passed. `--short` prints only what failed beside the table; `--json FILE` writes the score; `--readme`
 * puts it into README.md. Exit code 1 if a test failed that stands for more than a known shortfall, if a row with MUST has no
 * test, or if a shortfall is none any more.
 */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { type List, readLists } from './list.js';
import { pastShortfalls, toDetails, toMarkdown, toTable, withScore } from './report.js';
import { idsOf, scoreOf, type TestResult } from './score.js';

const README = new URL('../../README.md', import.meta.url);

const { values: options } = parseArgs({
  options: { short: { type: 'boolean' }, json: { type: 'string' }, readme: { type: 'boolean' } },
});

const lists = readLists();
const results = await runSuites();
const scores = scoreOf(lists, results);

console.log(toTable(scores));
const details = toDetails(scores, lists, options.short === true);
if (details !== '') console.log(`\n${details}`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ scores, results }, null, 2)}\n`);
if (options.readme) writeFileSync(README, withScore(readFileSync(README, 'utf8'), toMarkdown(scores, lists)));

const broken = results.filter((result) => !result.passed && !isKnownShortfall(result, lists));
const isComplete = scores.every(({ level, uncoveredRows }) => level === 'SHOULD' || uncoveredRows.length === 0);
countTests(results, broken);
// What failed may have left something open.
if (broken.length > 0 || !isComplete || pastShortfalls(scores, lists).length > 0) process.exit(1);

async function runSuites(): Promise<readonly TestResult[]> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  const collected: TestResult[] = [];
  const mocha = new Mocha({ ui: 'bdd', timeout: 2000, reporter: collectInto(collected) });
  for (const file of files.sort()) mocha.addFile(`${here}${file}`);
  await mocha.loadFilesAsync();
  await new Promise((resolve) => mocha.run(resolve));
  return collected;
}

/** A reporter that is silent about what passes, and keeps how each test ended. */
function collectInto(collected: TestResult[]) {
  const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_RUN_END } = Mocha.Runner.constants;
  return class extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, mochaOptions: Mocha.MochaOptions) {
      super(runner, mochaOptions);
      runner.on(EVENT_TEST_PASS, ({ title }) => void collected.push({ title, passed: true }));
      runner.on(EVENT_TEST_FAIL, ({ title }) => void collected.push({ title, passed: false }));
      runner.once(EVENT_RUN_END, () => this.epilogue());
    }
  };
}

/** Whether a test stands for rows alone that are known not to be met. */
function isKnownShortfall({ title }: TestResult, all: readonly List[]): boolean {
  const rows = all.flatMap((list) => list.rows);
  const ids = idsOf(title);
  return ids.length > 0 && ids.every((id) => rows.some((row) => row.id === id && row.shortfall !== undefined));
}

/** Tells a script that sums up several runs; a known shortfall counts as skipped. */
function countTests(all: readonly TestResult[], failures: readonly TestResult[]): void {
  const { TEST_COUNTS: file } = process.env;
  if (!file) return;
  const passed = all.filter((result) => result.passed).length;
  const failed = failures.length;
  const line = { suite: 'conformance', passed, failed, skipped: all.length - passed - failed };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}
