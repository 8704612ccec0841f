/**
 * `npm run conformance`: runs the suites whose tests are named by assertion ids, and prints how many rows of each list
 * are covered and passed; then what the public validators say of every Thing Description in `td/` and of every one that a
 * demonstration serves. `--short` prints only what failed beside the table; `--json FILE` writes the score; `--readme`
 * puts it into README.md. Exit code 1 if a test failed that stands for more than a known shortfall, if a row with MUST has no
 * test, if a shortfall is none any more, or if a validator finds that a MUST is not met.
 */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { SERVED_DESCRIPTIONS } from './fixture/descriptions.js';
import { type List, readLists } from './list.js';
import { pastShortfalls, toDetails, toMarkdown, toTable, withScore } from './report.js';
import { idsOf, scoreOf, type TestResult } from './score.js';
import { committedDocuments, servedDocuments } from './validators/documents.js';
import { type Judged, judge } from './validators/playground.js';
import { scoreVerdicts } from './validators/verdict-score.js';

const README = new URL('../../README.md', import.meta.url);

const { values: options } = parseArgs({
  options: { short: { type: 'boolean' }, json: { type: 'string' }, readme: { type: 'boolean' } },
});

const lists = readLists();
const served = await servedDocuments();
const results = await withFileOf(served, runSuites);
const scores = scoreOf(lists, results);
const verdicts = (await Promise.all([...committedDocuments(), ...served].map(judge))).flat();
const verdictScores = scoreVerdicts(verdicts, lists);

const all = [...scores, ...verdictScores];
console.log(toTable(all));
const details = [
  toDetails(all, lists, options.short === true),
  ...verdicts
    .filter(({ failed }) => failed.length > 0)
    .map(({ from, messages }) => `${from}: ${messages.join('\n  ')}`),
].filter((text) => text !== '');
if (details.length > 0) console.log(`\n${details.join('\n')}`);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ scores: all, results, verdicts }, null, 2)}\n`);
}
if (options.readme) writeFileSync(README, withScore(readFileSync(README, 'utf8'), toMarkdown(scores, lists)));

const broken = results.filter((result) => !result.passed && !isKnownShortfall(result, lists));
const isComplete = scores.every(({ level, uncoveredRows }) => level === 'SHOULD' || uncoveredRows.length === 0);
const refused = verdictScores.filter(({ level, failedRows }) => level === 'MUST' && failedRows.length > 0);
countTests();
// What failed may have left something open.
if (broken.length + refused.length > 0 || !isComplete || pastShortfalls(scores, lists).length > 0) process.exit(1);

/** The suites look at what is served as well: they find it in a file that a variable names. */
async function withFileOf<T>(documents: readonly Judged[], run: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'thingwright-conformance-'));
  const file = join(folder, 'served.json');
  writeFileSync(file, JSON.stringify(Object.fromEntries(documents.map(({ from, text }) => [from, text]))));
  process.env[SERVED_DESCRIPTIONS] = file;
  try {
    return await run();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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
function isKnownShortfall({ title }: TestResult, known: readonly List[]): boolean {
  const rows = known.flatMap((list) => list.rows);
  const ids = idsOf(title);
  return ids.length > 0 && ids.every((id) => rows.some((row) => row.id === id && row.shortfall !== undefined));
}

/** Tells a script that sums up several runs; a known shortfall counts as skipped, a document at a validator as a test. */
function countTests(): void {
  const { TEST_COUNTS: file } = process.env;
  if (!file) return;
  const good = results.filter((result) => result.passed).length;
  const passed = good + verdicts.length - refused.length;
  const failed = broken.length + refused.length;
  const skipped = results.length - good - broken.length;
  const failures = [...broken.map(({ title }) => title), ...refused.map(({ list }) => list)];
  appendFileSync(file, `${JSON.stringify({ suite: 'conformance', passed, failed, skipped, failures })}\n`);
}
