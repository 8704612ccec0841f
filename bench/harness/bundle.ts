import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const FOLDERS = ['servers', 'bare', 'load'];
const OUT = 'node_modules/.cache/thingwright-bench';

/**
 * Bundles every program of the bench from the sources as they are now, and gives back their files by name (`bare/fan-out`).
 * Nothing is measured under a loader that rewrites code, and nobody's edit comes between two rounds.
 */
export async function bundlePrograms(root: string): Promise<ReadonlyMap<string, string>> {
  const outdir = join(root, OUT, String(process.pid));
  await mkdir(outdir, { recursive: true });
  const names: string[] = [];
  for (const folder of FOLDERS) {
    const files = await readdir(join(root, 'bench', folder));
    for (const file of files)
      if (file.endsWith('.program.ts')) names.push(`${folder}/${basename(file, '.program.ts')}`);
  }
  await build({
    entryPoints: names.map((name) => ({ in: join(root, 'bench', `${name}.program.ts`), out: name })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['source'],
    plugins: [
      {
        name: 'only our own code',
        setup(building) {
          building.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || /^(#|@thingwright\/)/.test(path) ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  // Beside its code a gateway reads which release it is.
  await copyFile(join(root, 'packages/gateway/package.json'), join(outdir, 'package.json'));
  return new Map(names.map((name) => [name, join(outdir, `${name}.mjs`)]));
}

/** Removes the bundles of this run. */
export const removeBundles = (root: string): Promise<void> =>
  rm(join(root, OUT, String(process.pid)), { recursive: true, force: true });
