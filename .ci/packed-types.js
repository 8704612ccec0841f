/**
 * Asks arethetypeswrong about every public package as npm packs it: do its types resolve, for Node's modules and for bundlers,
 * and do they say what its code is? The packages are ESM only, so resolution for CommonJS and for Node 10 is not asked for.
 * Exit code 1 if there is a problem.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';

const run = promisify(execFile);
const WANTED = ['node16-esm', 'bundler'];

const { workspaces } = JSON.parse(await readFile('package.json', 'utf8'));
const manifests = await Promise.all(
  workspaces.map(async (folder) => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))),
);
const names = manifests.filter((manifest) => !manifest.private).map(({ name }) => name);

const folder = await mkdtemp(join(tmpdir(), 'thingwright-packed-'));
try {
  const chosen = names.flatMap((name) => ['--workspace', name]);
  const packing = ['pack', ...chosen, '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', packing, { maxBuffer: 64 * 1024 * 1024 });
  for (const { name, filename } of JSON.parse(stdout)) {
    const analysis = await checkPackage(createPackageFromTarballData(await readFile(join(folder, filename))));
    for (const problem of problemsOf(analysis)) {
      console.log(`${name}: ${JSON.stringify(problem)}`);
      process.exitCode = 1;
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

function problemsOf(analysis) {
  if (analysis.types === false) return [{ kind: 'there are no types' }];
  return analysis.problems.filter((problem) =>
    WANTED.some((kind) => problemAffectsResolutionKind(problem, kind, analysis)),
  );
}
