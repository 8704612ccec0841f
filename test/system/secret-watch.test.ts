import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect } from 'chai';

const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const BETRAYALS = new URL('fixture/betrayals.program.ts', import.meta.url).pathname;

/** Runs one of the tests that betray a secret, uncounted; gives the exit code of mocha and what it printed. */
const runBetrayal = (name: string): Promise<{ readonly code: unknown; readonly output: string }> =>
  new Promise((resolve) => {
    const { TEST_COUNTS: _counted, ...env } = process.env;
    execFile(process.execPath, [MOCHA, '--fgrep', name, BETRAYALS], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });

describe('a run of tests', () => {
  for (const how of [
    'a token that was made, to a log that nobody keeps',
    'a password that was shown, to a log that nobody keeps',
    'a token that was shown, in the standard error of a process',
    'a token that a process was started with, in its standard error',
    'a token that was made, to the standard error',
  ]) {
    it(`fails for ${how}, and says in which test, without the secret`, async () => {
      const { code, output } = await runBetrayal(how);
      expect(code, output).to.equal(1);
      expect(output)
        .to.include('Secrets were logged')
        .and.to.include(`during 'betrays ${how}'`)
        .and.include('<secret>');
      expect(output.split('Secrets were logged')[1]).to.not.include('planted');
    });
  }

  it('does not fail where secrets are made and shown, and not logged', async () => {
    const { code, output } = await runBetrayal('nothing');
    expect(code, output).to.equal(0);
  });
});
