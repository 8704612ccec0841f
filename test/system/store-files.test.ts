import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { silent, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { createFilesOnDisk } from '../../packages/store/src/files-on-disk.js';
import { openFiles } from '../../packages/store/src/files-table.js';
import { openStore } from '../../packages/store/src/index.js';
import { pieces } from '../../packages/store/test/files.suite.js';
import { openAt } from '../../packages/store/test/fixture/premises.js';
import { temporaryFolder } from '../../packages/store/test/temporary-folder.js';

const SCAN = { name: 'scan.png', mediaType: 'image/png', owner: 'urn:uuid:1' };
const PROGRAM = fileURLToPath(new URL('../../packages/store/test/files-program.ts', import.meta.url));

describe('The files of a store in a folder', () => {
  it('are for the owner alone, once for each content', async () => {
    await using folder = await temporaryFolder();
    await using store = await openStore({ data: folder.path });
    const file = await store.files.write(pieces(randomBytes(10)), SCAN);
    await store.files.write(pieces(await readAll(store.files.read(file.id))), SCAN);
    expect(await bytesIn(folder.path)).to.deep.equal([file.sha256]);
    const path = join(folder.path, 'files', file.sha256.slice(0, 2), file.sha256.slice(2));
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect((await stat(join(folder.path, 'files'))).mode & 0o777).to.equal(0o700);
    expect(await readdir(join(folder.path, 'files', 'incoming'))).to.deep.equal([]);
  });

  it('leave nothing behind that was refused, or whose last file is gone', async () => {
    await using folder = await temporaryFolder();
    await using store = await openStore({ data: folder.path });
    const refused = store.files.write(pieces(randomBytes(10)), { ...SCAN, expected: { size: 11 } });
    expect(await codeOf(refused)).to.equal('invalid');
    const { id } = await store.files.write(pieces(randomBytes(10)), SCAN);
    await store.files.remove(id);
    expect(await bytesIn(folder.path)).to.deep.equal([]);
    expect(await readdir(join(folder.path, 'files', 'incoming'))).to.deep.equal([]);
  });

  it('say so when their bytes are lost or damaged', async () => {
    await using folder = await temporaryFolder();
    await using store = await openStore({ data: folder.path });
    const { id, sha256 } = await store.files.write(pieces(randomBytes(10)), SCAN);
    const path = join(folder.path, 'files', sha256.slice(0, 2), sha256.slice(2));
    await writeFile(path, 'short');
    expect(await codeOf(store.files.read(id))).to.equal('failed');
    await rm(path);
    expect(await codeOf(store.files.read(id))).to.equal('failed');
  });

  it('are not touched by a store that they do not belong to', async () => {
    await using folder = await temporaryFolder();
    const first = await openStore({ data: folder.path });
    const { sha256 } = await first.files.write(pieces(randomBytes(10)), SCAN);
    await first[Symbol.asyncDispose]();
    await rename(join(folder.path, 'thingwright.db'), join(folder.path, 'kept.db'));
    expect(await codeOf(openStore({ data: folder.path }))).to.equal('invalid');
    expect(await bytesIn(folder.path)).to.deep.equal([sha256]);
    await rename(join(folder.path, 'kept.db'), join(folder.path, 'thingwright.db'));
    await using _again = await openStore({ data: folder.path });
  });

  it('are all there after a kill at any moment, and no bytes beside them', async () => {
    await using folder = await temporaryFolder();
    const kept = new Set<string>();
    const going = new Set<string>();
    for (const rounds of [5, 30, 60]) {
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
      const store = await openStore({ data: folder.path });
      const { items } = await store.files.list(SCAN.owner, { limit: 1000 });
      const found = items.map(({ id }) => id);
      expect(found).to.include.members([...kept].filter((id) => !going.has(id)));
      for (const { id, sha256 } of items) {
        const bytes = await readAll(store.files.read(id));
        expect(createHash('sha256').update(bytes).digest('hex')).to.equal(sha256);
      }
      await store[Symbol.asyncDispose]();
      const sweeping = await openStore({ data: folder.path });
      await sweeping[Symbol.asyncDispose]();
      expect(await bytesIn(folder.path)).to.have.members([...new Set(items.map(({ sha256 }) => sha256))]);
      expect(await readdir(join(folder.path, 'files')), 'nothing half received').not.to.include('incoming');
    }
  }).timeout(60_000);

  it('answer unavailable while the disk is full, leave nothing, and go on when there is room', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openAt({ data: folder.path });
    const { backends, store } = opened;
    let full = true;
    const openFile: typeof open = async (path, flags, mode) => {
      const file = await open(path, flags, mode);
      if (full) {
        file.write = async () => {
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        };
      }
      return file;
    };
    const disk = createFilesOnDisk(join(folder.path, 'files'), { owner: store.gatewayID, openFile });
    const { files, close } = openFiles(backends.writer.db, { disk, limits: undefined, log: silent, now: Date.now });
    const error = await files.write(pieces(randomBytes(10)), SCAN).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ThingError).and.include({ code: 'unavailable' });
    expect(error).to.have.property('detail').that.includes('ENOSPC');
    expect(await readdir(join(folder.path, 'files', 'incoming'))).to.deep.equal([]);
    expect(await files.usage('default')).to.equal(0);
    full = false;
    expect(await files.write(pieces(randomBytes(10)), SCAN)).to.include({ size: 10 });
    await close();
  });

  it('need no more memory for a large file than for a small one', async () => {
    await using folder = await temporaryFolder();
    await using store = await openStore({ data: folder.path });
    const piece = randomBytes(1 << 20);
    let most = 0;
    const large = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 200; i++) {
        piece.writeUInt32LE(i);
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield piece;
      }
    };
    const before = process.memoryUsage().arrayBuffers;
    const { id, size } = await store.files.write(large(), SCAN);
    expect(size).to.equal(200 << 20);
    const { content } = await store.files.read(id);
    let read = 0;
    for await (const chunk of content) {
      read += chunk.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    expect(read).to.equal(size);
    // What is garbage and not yet collected counts too.
    expect(most - before).to.be.below(size / 2);
  }).timeout(60_000);
});

async function bytesIn(data: string): Promise<readonly string[]> {
  const root = join(data, 'files');
  const shelves = (await readdir(root)).filter((name) => name.length === 2);
  const found = await Promise.all(
    shelves.map(async (shelf) => (await readdir(join(root, shelf))).map((rest) => `${shelf}${rest}`)),
  );
  return found.flat();
}

async function readAll(opening: ReturnType<Awaited<ReturnType<typeof openStore>>['files']['read']>): Promise<Buffer> {
  return buffer((await opening).content);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
}
