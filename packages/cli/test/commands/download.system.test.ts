import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { consume } from '@thingwright/client';
import { openGateway } from '@thingwright/gateway';
import { Scanner } from '@thingwright/scanner';
import { simulatedScan, simulateScanner } from '@thingwright/scanner/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { run } from '../kept-terminal.js';
import { temporaryFolder } from '../temporary-folder.js';

describe('thingwright download', function () {
  this.timeout(20_000);

  /** A gateway with a scanner that has delivered one file. */
  const open = async () => {
    const folder = await temporaryFolder();
    const gateway = await openGateway({ port: 0, data: join(folder.path, 'data') });
    const { id, td, token } = await gateway.fleet.provision({ kind: 'scanner', name: 'mri_007' });
    const file = { name: 'data.mrd', content: Buffer.from('what was measured') };
    const program = simulatedScan({ steps: 1, stepTime: 1, files: [file] });
    const device = simulateScanner({ url: gateway.url, id: id.replace('urn:uuid:', ''), token, program });
    await using scanner = await consume(Scanner, td, { token: gateway.adminToken });
    await firstValueFrom(scanner.properties.connection.pipe(filter(({ registered }) => registered)));
    const { resultIds } = await scanner.actions.startScan({ sequence: { name: 'tse', seqFile: '' } }).output;
    return {
      folder: folder.path,
      content: file.content,
      resultID: resultIds[0] ?? '',
      command: (...args: readonly string[]) =>
        run(['download', 'mri_007', ...args], { THINGWRIGHT_URL: gateway.url, THINGWRIGHT_TOKEN: gateway.adminToken }),
      async [Symbol.asyncDispose]() {
        await device[Symbol.asyncDispose]();
        await gateway[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  };

  it('gets the newest result into a folder, or one by its id into a file', async () => {
    await using opened = await open();
    const { folder, content, resultID, command } = opened;
    const there = join(folder, 'data.mrd');
    expect(await command('--output', folder)).to.include({ status: 0, output: `${there}: ${content.length} bytes` });
    expect((await readFile(there)).equals(content)).to.equal(true);
    const other = join(folder, 'other.mrd');
    const { status, output } = await command(resultID, '--output', other, '--json');
    expect(status).to.equal(0);
    expect(JSON.parse(output)).to.include({ path: other, size: content.length, resultId: resultID });
    expect((await readFile(other)).equals(content)).to.equal(true);
  });

  it('does nothing where the file is there, and overwrites no other', async () => {
    await using opened = await open();
    const { folder, command } = opened;
    const path = join(folder, 'x.mrd');
    expect((await command('--output', path)).status).to.equal(0);
    expect((await command('--output', path)).status).to.equal(0);
    await writeFile(path, 'something else');
    const { status, errors } = await command('--output', path);
    expect(status).to.equal(1);
    expect(errors).to.include('is another file');
    expect(await readFile(path, 'utf8')).to.equal('something else');
  });

  it('says that there is no such result', async () => {
    await using opened = await open();
    const { status, errors } = await opened.command('01890a5d-ac96-774b-bcce-b302099a8057');
    expect(status).to.equal(1);
    expect(errors).to.include('no result');
  });
});
