import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFilesOnDisk } from '../src/files-on-disk.js';
import { temporaryFolder } from './temporary-folder.js';

describe('createFilesOnDisk', () => {
  const pieces = [randomBytes(1000), randomBytes(3000), randomBytes(7)];
  const content = async function* () {
    yield* pieces;
  };
  const whole = Buffer.concat(pieces);

  it('writes all of a chunk that the disk takes in parts', async () => {
    await using folder = await temporaryFolder();
    const files = createFilesOnDisk(join(folder.path, 'files'), {
      owner: 'store',
      async openFile(path, ...how) {
        const file = await open(path, ...how);
        const write = file.write.bind(file);
        const inParts = async (chunk: Uint8Array, offset = 0) =>
          write(chunk, offset, Math.min(100, chunk.length - offset));
        return Object.assign(file, { write: inParts });
      },
    });
    const { path, size, sha256 } = await files.receive(content(), () => undefined);
    expect(size).to.equal(whole.length);
    expect(sha256).to.equal(createHash('sha256').update(whole).digest('hex'));
    expect((await readFile(path)).equals(whole)).to.equal(true);
  });

  for (const failing of [1, 2, 3]) {
    it(`leaves nothing where a write fails, and says so: that of chunk ${failing}`, async () => {
      await using folder = await temporaryFolder();
      let writes = 0;
      const files = createFilesOnDisk(join(folder.path, 'files'), {
        owner: 'store',
        async openFile(path, ...how) {
          const file = await open(path, ...how);
          const write = file.write.bind(file);
          const full = async (chunk: Uint8Array) => {
            if (++writes === failing) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
            return write(chunk);
          };
          return Object.assign(file, { write: full });
        },
      });
      const received = files.receive(content(), () => undefined);
      const error = await received.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.include({ code: 'unavailable' });
      expect(await readdir(join(folder.path, 'files', 'incoming'))).to.deep.equal([]);
    });
  }
});
