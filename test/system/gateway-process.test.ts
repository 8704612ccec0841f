import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { consume } from '@thingwright/client';
import { Scanner } from '@thingwright/scanner';
import { expect } from 'chai';
import { EMPTY, filter, firstValueFrom } from 'rxjs';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { run, start, startGateway } from './fixture/command.js';

describe('thingwright serve', function () {
  this.timeout(30_000);

  it('prints one line when it is ready, the new admin token on standard error, and ends with 0 at SIGTERM', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await startGateway(folder.path);
    expect(gateway.ready).to.have.all.keys('event', 'url', 'pid', 'version');
    expect(gateway.ready).to.include({ event: 'ready', pid: gateway.child.pid });
    expect((await fetch(`${gateway.url}/readyz`)).status).to.equal(200);
    gateway.child.kill('SIGTERM');
    const { status, output, errors } = await gateway.ended;
    expect(status, errors).to.equal(0);
    expect(output.trim().split('\n')).to.have.length(1);
    expect(errors).to.match(/^Admin token, .*: [\w-]{43}$/m);
  });

  it('refuses a folder that another gateway uses with 3, ends with 0 at SIGINT, and tells its token no more', async () => {
    await using folder = await temporaryFolder();
    const first = await startGateway(folder.path);
    const refused = await run(['serve', '--port', '0', '--data', folder.path]);
    expect([refused.status, refused.output]).to.deep.equal([3, '']);
    expect(refused.errors.trim()).to.match(/^thingwright: .* is in use by another gateway$/);
    first.child.kill('SIGKILL');
    await first.ended;
    await using second = await startGateway(folder.path);
    second.child.kill('SIGINT');
    const { status, errors } = await second.ended;
    expect(status).to.equal(0);
    expect(errors).not.to.include('Admin token');
  });

  it('refuses a wrong option, a wrong variable and a taken port with one line and 2', async () => {
    await using folder = await temporaryFolder();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = String(typeof address === 'object' ? address?.port : '');
    const all = await Promise.all([
      run(['serve', '--port', '65536']),
      run(['serve', '--loud']),
      run(['serve'], { THINGWRIGHT_TLS_PORT: 'x' }),
      run(['serve', '--port', taken, '--data', folder.path]),
    ]);
    other.close();
    const words = ['--port: "65536"', "'--loud'", 'THINGWRIGHT_TLS_PORT: "x"', taken];
    for (const [i, { status, output, errors }] of all.entries()) {
      expect([status, output], errors).to.deep.equal([2, '']);
      expect(errors.trim()).to.include(words[i]).and.not.include('\n');
    }
  });

  it('demonstrates devices that dial in from processes of their own, which end with the gateway, even if that is killed', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await startGateway(folder.path, '--demo');
    const token = (await readFile(join(folder.path, 'admin-token'), 'utf8')).trim();
    await using battery = await consume(`${gateway.url}/things/ems_001`, { token });
    expect(await firstValueFrom(battery.properties.batterySoc ?? EMPTY)).to.be.within(0, 100);
    await using scanner = await consume(Scanner, `${gateway.url}/things/mri_001`, { token });
    await firstValueFrom(scanner.properties.connection.pipe(filter(({ registered }) => registered)));
    const { resultIds } = await scanner.actions.startScan({ sequence: { name: 'tse', seqFile: '' } }).output;
    expect(resultIds).to.have.length(1);
    const environment = { THINGWRIGHT_URL: gateway.url, THINGWRIGHT_TOKEN: token };
    const images = await run(['read', 'router_001', 'eligibleImages', '--json'], environment);
    const [, build = ''] = /"build":"([^"]+)"/.exec(images.output) ?? [];
    const campaign = await run(['campaign', 'start', build, '--firmwareless'], environment);
    expect([campaign.status, campaign.output.trim().split('\n').at(-1)], campaign.errors).to.deep.equal([0, 'success']);
    const simulators = await simulatorsOf(gateway.child.pid);
    expect(simulators).to.have.length(4);
    gateway.child.kill('SIGKILL');
    await gateway.ended;
    await until(async () => (await Promise.all(simulators.map(isAlive))).every((alive) => !alive));
  }).timeout(90_000);

  it('takes its settings from variables', async () => {
    await using folder = await temporaryFolder();
    await using gateway = start(['serve'], {
      THINGWRIGHT_PORT: '0',
      THINGWRIGHT_DATA: folder.path,
      THINGWRIGHT_ADMIN_TOKEN: 'of-my-own',
      THINGWRIGHT_LOG_LEVEL: 'silent',
    });
    const { value: line } = await gateway.lines.next();
    const { url }: { url: string } = JSON.parse(line);
    const answer = await fetch(`${url}/things`, { headers: { authorization: 'Bearer of-my-own' } });
    expect(answer.status).to.equal(200);
    gateway.child.kill('SIGTERM');
    expect((await gateway.ended).errors).to.equal('');
  });
});

/** The simulators that a process has started (Linux: from `/proc`). Run from source, it has other children too. */
async function simulatorsOf(pid: number | undefined): Promise<readonly string[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(all.map(async (child) => [child, await parentOf(child)] as const));
  const children = parents.filter(([, parent]) => parent === String(pid)).map(([child]) => child);
  const commands = await Promise.all(
    children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')),
  );
  return children.filter((_, i) => commands[i]?.includes('simulate'));
}

async function parentOf(pid: string): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^State:\s+Z/m.test(status) ? undefined : /^PPid:\s+(\d+)$/m.exec(status)?.[1];
}

const isAlive = async (pid: string): Promise<boolean> => (await parentOf(pid)) !== undefined;

/** Another process tells nobody that it has ended, so it is looked at. */
async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await pause(20);
}
