import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedScan } from '@thingwright/scanner/simulator';
import { expect } from 'chai';
import { firstValueFrom, take, toArray } from 'rxjs';
import { ADMIN_TOKEN, consumeScanner, dialIn, openLab, REQUEST } from './scanner-lab.js';

const CONTENT = Buffer.from('written by a device');

/** Every file below a folder that has what a device wrote, by its path. */
async function written(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await readFile(path)).equals(CONTENT)) found.push(path);
  }
  return found;
}

describe('Files of scanners in the folder of a gateway', () => {
  it('B1, B14: are nowhere else, whatever they are called, and nobody is told where they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      const data = join(folder, 'a', 'b', 'data');
      await using lab = await openLab({ data });
      await writeFile(join(folder, 'a', 'there'), 'as it was');
      const names = [
        '../../there',
        '../../../../../../x.mrd',
        join(folder, 'absolute.mrd'),
        'C:\\x\\y.mrd',
        '..',
        'x/y.mrd',
      ];
      const files = names.map((name) => ({ name, content: CONTENT }));
      await using device = await dialIn(lab.gateway, lab.device, {
        generation: 'gen-1',
        program: simulatedScan({ steps: 1, stepTime: 1, files }),
      });
      const heard: string[] = [];
      device.heard.subscribe((frame) => heard.push(JSON.stringify(frame)));
      await using mri = await consumeScanner(lab.gateway);
      const refused = firstValueFrom(mri.events.uploadFailed);
      const ready = firstValueFrom(mri.events.resultReady.pipe(take(names.length - 1), toArray()));
      await mri.actions.startScan(REQUEST).output;
      expect(await refused).to.include({ fileName: '..', reason: 'bad-name' });
      const results = await ready;
      expect(results.map(({ files: [file] }) => file?.name)).to.have.members([
        'there',
        'x.mrd',
        'absolute.mrd',
        'y.mrd',
        'y.mrd',
      ]);
      const paths = await written(folder);
      expect(paths).to.have.length.above(0);
      for (const path of paths) expect(path.startsWith(join(data, 'files'))).to.equal(true, path);
      expect((await readdir(folder)).concat(await readdir(join(folder, 'a')))).to.deep.equal(['a', 'b', 'there']);
      expect(await readFile(join(folder, 'a', 'there'), 'utf8')).to.equal('as it was');
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const shown = await Promise.all(
        ['/things/mri/results', '/things/mri/properties', '/api/v1/device/'].map(async (path) =>
          (await fetch(`${lab.gateway.url}${path}`, { headers })).text(),
        ),
      );
      const told = [...shown, ...heard].join('\n').replaceAll(JSON.stringify(names[2]).slice(1, -1), '');
      expect(told).to.include('there').and.to.not.include(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
