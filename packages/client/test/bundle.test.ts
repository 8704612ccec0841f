import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { build, type Metafile } from 'esbuild';

/** Bytes that a page may load for the client, gzipped. */
const LIMIT = 25 * 1024;
/** Bytes more that it loads when it meets a server of an older dialect. */
const LEGACY_LIMIT = 15 * 1024;

/** The files that a page loads before it does anything: those that the entry imports, and theirs. */
function loadedAtOnce({ outputs }: Metafile): ReadonlySet<string> {
  const loaded = new Set<string>();
  const visit = (path: string): void => {
    const name = basename(path);
    const output = Object.entries(outputs).find(([other]) => basename(other) === name)?.[1];
    if (!output || loaded.has(name)) return;
    loaded.add(name);
    for (const { path: imported, kind } of output.imports) if (kind === 'import-statement') visit(imported);
  };
  visit('stdin.js');
  return loaded;
}

describe('The bundle for a browser', () => {
  it('holds no code of Node, no ws and no schema compiler, and stays small', async () => {
    const { metafile, outputFiles } = await build({
      splitting: true,
      outdir: '/bundle',
      stdin: { contents: "export { consume } from '@thingwright/client';", resolveDir: import.meta.dirname },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['source'],
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.some((path) => path.endsWith('socket/browser.ts'))).to.equal(true);
    const loaded = loadedAtOnce(metafile);
    const used = Object.values(metafile.outputs).flatMap((output) =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    );
    expect(used.filter((path) => /socket\/node\.ts$|node_modules\/(ws|typebox)\//.test(path))).to.deep.equal([]);
    const sizeOf = (wanted: (name: string) => boolean): number =>
      outputFiles
        .filter(({ path }) => wanted(basename(path)))
        .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    expect(sizeOf((name) => loaded.has(name))).to.be.within(1, LIMIT);
    // What older dialects take comes later, and only to those who meet them.
    expect(sizeOf((name) => !loaded.has(name))).to.be.within(1, LEGACY_LIMIT);
    expect([...used].filter((path) => /\/legacy\//.test(path))).to.not.deep.equal([]);
  });
});
