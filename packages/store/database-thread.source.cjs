// Starts the thread of a database from source, for who works on it; what npm packs starts from `dist`. The source is bundled once for
// each state that it is in: to transform and link its modules, anew in each thread, takes longer than most tests.
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const SOURCE = join(__dirname, 'src');
const CACHE = join(__dirname, 'node_modules/.cache/database-thread');
/** Milliseconds after which a bundle of an earlier state goes. */
const KEPT = 3_600_000;

const state = createHash('sha256');
for (const name of readdirSync(SOURCE, { recursive: true }).sort()) {
  const { mtimeMs, size } = statSync(join(SOURCE, name));
  state.update(`${name} ${mtimeMs} ${size}\n`);
}
state.update(String(statSync(require.resolve('kysely')).mtimeMs));
const bundle = join(CACHE, `${state.digest('hex')}.cjs`);
if (!existsSync(bundle)) write();
require(bundle);

/** Others may do the same meanwhile. */
function write() {
  const { outputFiles } = require('esbuild').buildSync({
    entryPoints: [join(SOURCE, 'thread/thread.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['pg', '@photostructure/sqlite'],
    sourcemap: 'inline',
    sourcesContent: false,
    outdir: CACHE,
    write: false,
  });
  mkdirSync(CACHE, { recursive: true });
  for (const old of readdirSync(CACHE)) {
    const path = join(CACHE, old);
    if (Date.now() - statSync(path).mtimeMs > KEPT) rmSync(path, { force: true });
  }
  const unfinished = `${bundle}.${process.pid}.${require('node:worker_threads').threadId}`;
  writeFileSync(unfinished, outputFiles[0].contents);
  renameSync(unfinished, bundle);
}
