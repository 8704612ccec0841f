/**
 * A mocha reporter that is silent about what passes: failures as mocha's spec reporter shows them, then a summary. A run that leaves
 * something open fails, so many milliseconds after its last test as its option `grace` says.
 * If the variable TEST_COUNTS names a file, one line of JSON is appended to it, for a script that sums up several runs: how many
 * passed, failed and were skipped, and a line on each failure.
 * Plain JavaScript, because mocha loads it before tsx.
 */
import { appendFileSync } from 'node:fs';
import mocha from 'mocha';

const { EVENT_RUN_END } = mocha.Runner.constants;

/** Milliseconds that sockets and processes have to close after the last test, unless the option says otherwise. */
const GRACE = 5000;

/** Failures and a summary; mocha makes it. */
export default class FailuresReporter extends mocha.reporters.Base {
  static description = 'failures and a summary';

  constructor(runner, options) {
    super(runner, options);
    const { grace = GRACE } = options.reporterOptions ?? {};
    runner.once(EVENT_RUN_END, () => {
      this.epilogue();
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      const { TEST_COUNTS: file, npm_lifecycle_event: suite = 'mocha' } = process.env;
      const failures = this.failures.map((test) => `${test.fullTitle()}: ${firstLineOf(test.err)}`);
      if (file) appendFileSync(file, `${JSON.stringify({ suite, passed, failed, skipped, failures })}\n`);
      setTimeout(endStubbornRun, Number(grace)).unref();
    });
  }
}

function firstLineOf(error) {
  return String(error?.message ?? error).split('\n')[0];
}

/** A run that is over has let go of everything; one that has not would hang for ever. */
function endStubbornRun() {
  process.stderr.write(
    `The tests are over, but these are still open: ${process.getActiveResourcesInfo().join(', ')}\n`,
  );
  // Mocha sets the code once more when the process ends: to how many tests have failed.
  process.once('exit', () => {
    process.exitCode ||= 1;
  });
  process.exit();
}
