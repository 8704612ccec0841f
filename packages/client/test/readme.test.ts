import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { closeInWind } from './fixtures/readme-program.js';
import { serveVent } from './fixtures/served-vent.js';

describe('The program in the README', () => {
  it('does what it says', async () => {
    await using server = await serveVent();
    server.wind.set(12);
    server.sweeps.subscribe(({ to, finish }) => finish({ steps: to + 3 }));
    expect(await closeInWind(server.url, 'any')).to.equal(3);
  });

  it('is the one that was run', async () => {
    const here = new URL('.', import.meta.url);
    const readme = await readFile(new URL('../README.md', here), 'utf8');
    const program = await readFile(new URL('fixtures/readme-program.ts', here), 'utf8');
    const shown = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const asShown = program
      .replace("'../../src/index.js'", "'@thingwright/client'")
      .replace('./vent.js', './vent.model.js');
    expect(asShown).to.equal(shown);
  });
});
