// Starts the thread of searches from source, for who works on it; what npm packs starts from `dist`.
const { join } = require('node:path');
const { buildSync } = require('esbuild');

const { outputFiles } = buildSync({
  entryPoints: [join(__dirname, 'src/search/thread.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  packages: 'external',
  write: false,
});
module._compile(outputFiles[0].text, __filename);
