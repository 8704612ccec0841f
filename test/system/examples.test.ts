import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { consume } from '@thingwright/client';
import { DEMO_HARDWARE, GatewayModel, openGateway } from '@thingwright/gateway';
import { Scanner } from '@thingwright/scanner';
import { simulatedScan, simulateScanner } from '@thingwright/scanner/simulator';
import { Telemetry } from '@thingwright/telemetry';
import { simulateUpgradable } from '@thingwright/upgrader/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { fileDemoFirmware } from '../../packages/gateway/src/upgrader/demo-firmware.js';

/** By its path, for examples that run elsewhere. */
const LOADER = createRequire(import.meta.url).resolve('tsx');
const EXAMPLES = new URL('../../examples/', import.meta.url).pathname;

/** Where an example runs; default: here. */
interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs an example from source; killed with the test. */
function start(file: string, { args = [], env = {}, cwd }: Surroundings & { args?: string[] } = {}) {
  const command = ['--conditions=source', '--import', LOADER, join(EXAMPLES, file), ...args];
  const child = spawn(process.execPath, command, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return {
    child,
    firstLine: async (): Promise<string> => String((await once(createInterface(child.stdout), 'line'))[0]),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Runs an example to its end; gives what it printed. */
async function run(file: string, args: string[], surroundings: Surroundings = {}): Promise<string> {
  await using example = start(file, { args, ...surroundings });
  let output = '';
  example.child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  example.child.stderr.pipe(process.stderr);
  const [code] = await once(example.child, 'close');
  expect(code).to.equal(0);
  return output;
}

describe('examples', () => {
  it('01 to 03: a Thing is served, observed and made to act, each in its own process', async () => {
    await using thing = start('01-thing.ts', { env: { PORT: '0' } });
    const url = await thing.firstLine();
    const [observed, invoked] = await Promise.all([run('02-observe.ts', [url]), run('03-invoke.ts', [url])]);
    expect(observed.split('\n').filter((line) => line.endsWith('degrees'))).to.have.length(5);
    expect(invoked).to.contain('reached 1100 degrees');
  }).timeout(20_000);

  it('05, 06: a device dials in, is read, follows a command, and has a history', async () => {
    await using gateway = await openGateway({ port: 0 });
    const token = gateway.adminToken;
    await using admin = await consume(GatewayModel, `${gateway.url}/things/gateway`, { token });
    const device = await admin.actions.provisionDevice({ kind: 'telemetry', name: 'my_battery' }).output;
    const GATEWAY = gateway.url.replace('http', 'ws');
    await using example = start('05-device.ts', { env: { GATEWAY, API_TOKEN: device.token } });
    await using battery = await consume(Telemetry, `${gateway.url}/things/my_battery`, { token });
    const soc = await firstValueFrom(battery.properties.batterySoc);
    expect(soc).to.be.within(79, 100);
    const outcome = await battery.actions.setMode({ targetMode: 'MANUAL' }).output;
    expect(outcome).to.include({ delivered: true, confirmed: true });
    expect(example.child.exitCode).to.equal(null);
    const url = `${gateway.url}/things/my_battery`;
    const lines = (await run('06-history.ts', [url], { env: { THINGWRIGHT_TOKEN: token } })).trim().split('\n');
    expect(lines[0]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d mean \d+\.\d %, [\d.]+ to [\d.]+, of \d+$/);
    expect(lines.at(-1)).to.equal(`all of it: ${url}/history/batterySoc?format=csv`);
  }).timeout(30_000);

  it('07: a scan is started and followed, and its result is downloaded', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await openGateway({ port: 0, data: join(folder.path, 'data') });
    const device = await gateway.fleet.provision({ kind: 'scanner', name: 'mri_001' });
    const content = randomBytes(3_000_000);
    const files = [{ name: 'data.mrd', content }];
    await using _simulated = simulateScanner({
      url: gateway.url,
      id: device.id.replace('urn:uuid:', ''),
      token: device.token,
      program: simulatedScan({ steps: 5, stepTime: 20, files }),
    });
    await using scanner = await consume(Scanner, device.td, { token: gateway.adminToken });
    await firstValueFrom(scanner.properties.connection.pipe(filter(({ registered }) => registered)));
    const surroundings = { env: { THINGWRIGHT_TOKEN: gateway.adminToken }, cwd: folder.path };
    const printed = await run('07-scan.ts', [device.td], surroundings);
    const [, path = ''] = /^(\S+-data\.mrd): 3000000 bytes$/m.exec(printed) ?? [];
    expect((await readFile(join(folder.path, path))).equals(content)).to.equal(true);
  }).timeout(30_000);

  it('08: a campaign is planned, started, and followed to its end', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await openGateway({ port: 0, hardware: DEMO_HARDWARE });
    const { token } = await gateway.fleet.provision({ kind: 'upgradable', name: 'router_001' });
    const model = 'Simulated router';
    await using router = await simulateUpgradable({
      url: gateway.url,
      name: 'router_001',
      token,
      folder: folder.path,
      model,
      installTime: 1,
      bootTime: 1,
    });
    await firstValueFrom(router.connection.pipe(filter((state) => state === 'OPEN')));
    await fileDemoFirmware(gateway);
    const device = `${gateway.url}/things/router_001`;
    const printed = await run('08-campaign.ts', [device], { env: { THINGWRIGHT_TOKEN: gateway.adminToken } });
    expect(printed).to.include('Demo routers 2.0: success');
    expect(router.version).to.equal('2.0');
  }).timeout(30_000);

  it('09: a Thing is registered, found and removed, and all of it is told', async () => {
    await using gateway = await openGateway({ port: 0 });
    const printed = await run('09-directory.ts', [gateway.url], { env: { THINGWRIGHT_TOKEN: gateway.adminToken } });
    expect(printed).to.include("found: [ 'urn:example:pump', 'Pump in the attic' ]");
    expect(printed.match(/^thing_.*$/gm)).to.deep.equal(['thing_created', 'thing_updated', 'thing_deleted']);
  }).timeout(30_000);

  it('announces a Thing on the network, and finds it', async () => {
    expect(await run('10-discover.ts', [])).to.match(
      /^Kiln.*: 20 degrees, at http:\/\/127\.0\.0\.1:\d+\/things\/kiln$/m,
    );
  }).timeout(30_000);
});
