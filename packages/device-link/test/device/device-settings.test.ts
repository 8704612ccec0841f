import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceSettings } from '@thingwright/device-link/device';
import { expect } from 'chai';

interface Folder extends AsyncDisposable {
  readonly file: string;
  readonly path: string;
}

async function folder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'settings-'));
  return { path, file: join(path, 'settings.json'), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const DEFAULTS = { mode: 'AUTO', rateHz: 1, tags: ['a'] };

describe('The settings of a device', () => {
  it('are the defaults while there is no file', async () => {
    await using f = await folder();
    const settings = await deviceSettings(join(f.path, 'deeper', 'settings.json'), DEFAULTS);
    expect(settings.all()).to.deep.equal(DEFAULTS);
    await settings.set({ mode: 'MANUAL' });
  });

  it('are kept as JSON that a person can read', async () => {
    await using f = await folder();
    const settings = await deviceSettings(f.file, DEFAULTS);
    await settings.set({ mode: 'MANUAL' });
    expect(settings.get('mode')).to.equal('MANUAL');
    expect(await readFile(f.file, 'utf8')).to.equal(JSON.stringify({ ...DEFAULTS, mode: 'MANUAL' }, null, 2));
    const again = await deviceSettings(f.file, DEFAULTS);
    expect(again.get('mode')).to.equal('MANUAL');
    expect(await readdir(f.path), 'no temporary file stays').to.deep.equal(['settings.json']);
  });

  it('take many changes at once', async () => {
    await using f = await folder();
    const settings = await deviceSettings(f.file, DEFAULTS);
    await Promise.all([1, 2, 3, 4, 5].map((rateHz) => settings.set({ rateHz })));
    expect(JSON.parse(await readFile(f.file, 'utf8'))).to.include({ rateHz: 5 });
  });

  for (const content of ['{"mode": "MAN', '[1, 2]', 'null', '"text"']) {
    it(`fall back to the defaults for ${content}, which is kept aside and told`, async () => {
      await using f = await folder();
      await writeFile(f.file, content);
      const told: object[] = [];
      const log = { debug() {}, info() {}, warn: (details: object) => void told.push(details), error() {} };
      const settings = await deviceSettings(f.file, DEFAULTS, { log });
      expect(settings.all()).to.deep.equal(DEFAULTS);
      if (content === 'null') return;
      expect(await readFile(`${f.file}.bad`, 'utf8')).to.equal(content);
      expect(told).to.have.length(1);
    });
  }

  it('replace a value of the wrong type by its default and keep what they do not know', async () => {
    await using f = await folder();
    await writeFile(f.file, '{"mode": 5, "rateHz": 3, "tags": {}, "extra": true}');
    const settings = await deviceSettings(f.file, DEFAULTS);
    expect(settings.all()).to.deep.equal({ mode: 'AUTO', rateHz: 3, tags: ['a'], extra: true });
  });
});
