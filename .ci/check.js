/**
 * `npm run check`: all that can be said of the code without running it. Every check runs, whatever those before it found;
 * only those that fail print. With names as arguments, only these checks. Exit code 1 if one failed.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const { workspaces } = JSON.parse(readFileSync('package.json', 'utf8'));
const folders = ['packages', 'things', 'examples', 'test', 'bench', 'td'].filter((folder) => existsSync(folder));
const publicPackages = workspaces.filter(
  (folder) => !JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).private,
);
const source = ['node', '--conditions=source', '--import', 'tsx'];

/** By name, the commands of each check. `build` comes first and alone: others read what it writes. */
const CHECKS = {
  build: [['tsc', '-b']],
  types: [['tsc', '-p', 'tsconfig.test.json']],
  biome: [['biome', 'ci', '--colors=off', '--error-on-warnings', '.']],
  eslint: [['eslint', '--max-warnings=0', '.']],
  imports: [['depcruise', '--config', '.dependency-cruiser.cjs', ...folders]],
  knip: [['knip', '--no-progress']],
  packages: [
    ...publicPackages.map((folder) => ['publint', 'run', folder, '--strict', '--pack', 'false']),
    ['node', '.ci/packed-types.js'],
  ],
  docs: [['typedoc', '--emit', 'none']],
  td: [[...source, 'td/generate.ts', '--check']],
};

const wanted = process.argv.slice(2);
for (const name of wanted) if (!(name in CHECKS)) throw new RangeError(`There is no check '${name}'`);
const names = wanted.length > 0 ? wanted : Object.keys(CHECKS);

/** Runs a command; resolves to all that it printed and whether it succeeded. */
const run = ([command, ...args]) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (printed += text));
    child.on('error', (error) => resolve({ passed: false, printed: `${printed}${error.message}\n` }));
    child.on('close', (code) => resolve({ passed: code === 0, printed }));
  });

async function check(name) {
  const begun = performance.now();
  const outputs = [];
  for (const command of CHECKS[name]) {
    const { passed, printed } = await run(command);
    if (!passed) outputs.push(`$ ${command.join(' ')}\n${printed}`);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${outputs.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  for (const output of outputs) console.log(output);
  return { name, passed: outputs.length === 0 };
}

/** Takes checks from a shared queue until it is empty. */
async function work(queue, results) {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) results.push(await check(name));
}

const results = [];
await work(names.splice(0, names[0] === 'build' ? 1 : 0), results);
await Promise.all([work(names, results), work(names, results)]);
const failures = results.filter(({ passed }) => !passed).map(({ name }) => name);
const failed = failures.length;
const passed = results.length - failed;
if (process.env.TEST_COUNTS) {
  appendFileSync(
    process.env.TEST_COUNTS,
    `${JSON.stringify({ suite: 'check', passed, failed, skipped: 0, failures })}\n`,
  );
}
process.exitCode = failed === 0 ? 0 : 1;
