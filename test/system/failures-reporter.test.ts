import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js');
const OPTIONS = ['--no-config', '--reporter', join(ROOT, 'test/failures-reporter.js'), '--reporter-option', 'grace=50'];

/** Runs tests of one file; gives how the run ended, and what it said about that. */
async function run(tests: string): Promise<{ readonly code: unknown; readonly told: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'thingwright-'));
  try {
    const file = join(folder, 'some.test.cjs');
    await writeFile(file, tests);
    // These are not counted among those of the project: some of them are to fail.
    const { TEST_COUNTS: _counted, ...env } = process.env;
    const child = spawn(process.execPath, [MOCHA, ...OPTIONS, file], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    return { code, told };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const LEFT_OPEN = "require('node:net').createServer().listen(0, '127.0.0.1')";

describe('The reporter of failures', () => {
  it('lets a run pass that has let go of everything', async () => {
    expect(await run("it('is good', () => {})")).to.deep.equal({ code: 0, told: '' });
  });

  it('fails a run that leaves something open, and says what', async () => {
    const { code, told } = await run(`it('is good', () => { ${LEFT_OPEN} })`);
    expect(told).to.match(/^The tests are over, but these are still open: .*TCPServerWrap/);
    expect(code).to.equal(1);
  });

  it('leaves the number of failed tests as it is', async () => {
    const bad = "throw new Error('bad')";
    const { code } = await run(`for (const n of [1, 2]) it('is bad ' + n, () => { ${LEFT_OPEN}; ${bad} })`);
    expect(code).to.equal(2);
  });
});
