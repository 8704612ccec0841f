import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openAt } from '../../packages/store/test/fixture/premises.js';
import { temporaryFolder } from '../../packages/store/test/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../packages/store/test/results-program.ts', import.meta.url));

describe('The results of a store in a folder', () => {
  it('are there with their files or not at all, after a kill at any moment', async () => {
    await using folder = await temporaryFolder();
    const kept = new Set<string>();
    const going = new Set<string>();
    for (const rounds of [1, 4, 25, 60]) {
      const child = spawn(process.execPath, [...process.execArgv, PROGRAM, folder.path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      let said = 0;
      for await (const line of createInterface(child.stdout)) {
        const [word, id = ''] = line.split(' ');
        if (word === 'kept') kept.add(id);
        else if (word === 'going') going.add(id);
        else kept.delete(id);
        if (++said === rounds) child.kill('SIGKILL');
      }
      await exited;
      await sweep(folder.path);
      await using opened = await openAt({ data: folder.path });
      const { devices, results } = opened.store;
      const owner = (await devices.get('mri'))?.id ?? '';
      const found = await results.list(owner, { limit: 1000 });
      expect(found.map(({ id }) => id)).to.include.members([...kept].filter((id) => !going.has(id)));
      const { db } = opened.backends.writer;
      const present = new Set((await devices.list()).map(({ id }) => id));
      const all = await db.selectFrom('results').selectAll().execute();
      expect(all.filter((result) => !present.has(result.owner))).to.deep.equal([]);
      const files = await db.selectFrom('files').selectAll().execute();
      expect(files.map(({ id }) => id)).to.have.members(all.map(({ file }) => file));
      expect(await bytesIn(folder.path)).to.have.members(files.map(({ sha256 }) => sha256));
      expect(await readdir(join(folder.path, 'files')), 'nothing half received').not.to.include('incoming');
    }
  }).timeout(60_000);
});

/** What was left goes after a start: opens a store until that is done, then until its bytes are gone too. */
async function sweep(data: string): Promise<void> {
  const opened = await openAt({ data });
  const { db } = opened.backends.writer;
  for (let tries = 0; tries < 10_000; tries++) {
    const devices = db.selectFrom('devices').select('id');
    const left = await db.selectFrom('results').select('id').where('owner', 'not in', devices).execute();
    if (left.length === 0) break;
  }
  await opened[Symbol.asyncDispose]();
  await (await openAt({ data }))[Symbol.asyncDispose]();
}

async function bytesIn(data: string): Promise<readonly string[]> {
  const root = join(data, 'files');
  const shelves = (await readdir(root)).filter((name) => name.length === 2);
  const found = await Promise.all(
    shelves.map(async (shelf) => (await readdir(join(root, shelf))).map((rest) => `${shelf}${rest}`)),
  );
  return found.flat();
}
