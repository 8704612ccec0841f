import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSecretFile } from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

describe('openSecretFile', () => {
  it('makes a secret of 32 random bytes once, for the owner alone, and reads it from then on', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'secret');
    const first = await openSecretFile(path);
    expect(first).to.have.property('made', true);
    expect(Buffer.from(first.value, 'base64url')).to.have.length(32);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await openSecretFile(path)).to.deep.equal({ value: first.value, made: false });
    expect(await readdir(folder.path)).to.deep.equal(['secret']);
  });

  it('takes a secret that somebody wrote, without the end of its line', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'secret');
    await writeFile(path, 'of my own\n');
    expect(await openSecretFile(path)).to.deep.equal({ value: 'of my own', made: false });
  });

  it('refuses an empty file and leaves it as it is', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'secret');
    await writeFile(path, '');
    const error = await openSecretFile(path).catch((e: unknown) => e);
    expect(error).to.have.property('code', 'invalid');
    expect(await readFile(path, 'utf8')).to.equal('');
  });

  it('answers unavailable where no file can be', async () => {
    const error = await openSecretFile('/dev/null/secret').catch((e: unknown) => e);
    expect(error).to.have.property('code', 'unavailable');
  });
});
