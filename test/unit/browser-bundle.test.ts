import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { build } from 'esbuild';

const LIMIT = 25 * 1024;

/** Bundles a program for browsers as a page's author would; the size is that of all a page loads before it does anything. */
async function bundle(program: string): Promise<{ readonly size: number; readonly inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: new URL('..', import.meta.url).pathname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['source'],
    splitting: true,
    outdir: '/bundle',
    write: false,
    metafile: true,
  });
  const loaded = new Set(['stdin.js']);
  for (const name of loaded) {
    const output = Object.entries(metafile.outputs).find(([path]) => basename(path) === name)?.[1];
    for (const { path, kind } of output?.imports ?? []) if (kind === 'import-statement') loaded.add(basename(path));
  }
  const size = outputFiles
    .filter(({ path }) => loaded.has(basename(path)))
    .reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  return { size, inputs: Object.keys(metafile.inputs) };
}

describe('the client in a browser', () => {
  it('weighs at most 25 KB gzipped, core and rxjs included, and brings no compiler and no Node API', async () => {
    const { size, inputs } = await bundle("export { consume } from '@thingwright/client';");
    expect(size).to.be.greaterThan(5000).and.at.most(LIMIT);
    expect(
      inputs.filter((file) => /typebox\/build\/(compile|schema)|node_modules\/ws\/|socket\/node/.test(file)),
    ).to.deep.equal([]);
  });
});
