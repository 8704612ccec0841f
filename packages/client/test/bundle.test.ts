import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { build } from 'esbuild';

/** Bytes that a page may load for the client, gzipped. */
const LIMIT = 25 * 1024;

describe('The bundle for a browser', () => {
  it('holds no code of Node, no ws and no schema compiler, and stays small', async () => {
    const { metafile, outputFiles } = await build({
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
    const used = Object.values(metafile.outputs).flatMap((output) =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    );
    expect(used.filter((path) => /socket\/node\.ts$|node_modules\/(ws|typebox)\//.test(path))).to.deep.equal([]);
    const [bundle] = outputFiles;
    expect(gzipSync(bundle?.contents ?? '', { level: 9 }).length).to.be.within(1, LIMIT);
  });
});
