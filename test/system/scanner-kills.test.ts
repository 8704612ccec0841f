import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type ConsumedThing, consume } from '@thingwright/client';
import { Scanner } from '@thingwright/scanner';
import { expect } from 'chai';
import { filter, firstValueFrom, race, throwError } from 'rxjs';
import { mergeMap } from 'rxjs/operators';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { type Running, start } from './fixture/command.js';

const GENERATIONS = ['gen-1', 'gen-2'] as const;
/** Bytes of a file, so many that nobody stores them before it is seen that they come. */
const SIZE = 100_000_000;
const REQUEST = { sequence: { name: 'tse', seqFile: '[VERSION]\nmajor 1' } };
/** `LASTS`: it goes on with a scan whose file it has delivered. */
const DEVICE = `
import { simulatedScan, simulateScanner } from '@thingwright/scanner/simulator';
const { DOOR_URL: url, DEVICE_ID: id, DEVICE_TOKEN: token, GENERATION: generation, LASTS: lasts } = process.env;
const whole = simulatedScan({ steps: 2, stepTime: 1, fileSize: ${SIZE} });
async function lasting(start, controls) {
  await whole(start, { ...controls, progress: () => controls.progress(50) });
  await controls.wait(3_600_000);
}
simulateScanner({ url, id, token, generation, program: lasts === 'true' ? lasting : whole, reconnectDelay: 100 });
`;

/** A gateway that can be killed and started again at the same address, and its scanner `mri`. */
interface Lab extends AsyncDisposable {
  /** Ends the gateway without a word while the devices stand still; the files that it was receiving stay behind. */
  kill(): Promise<void>;
  /** Starts it again; the devices go on once it listens. */
  begin(): Promise<void>;
  /** Starts a device in a process of its own, and waits until it has registered. `lasts`: its scans do not end. */
  dialIn(generation: string, lasts?: boolean): Promise<ChildProcess>;
  consume(): Promise<ConsumedThing<typeof Scanner>>;
  /** Resolves when bytes of a file are on the disk that has not come whole. */
  receiving(): Promise<void>;
  /** Files on the disk: those that come, and those that are there. */
  files(): Promise<{ readonly incoming: number; readonly whole: number }>;
  fetch(path: string): Promise<Response>;
}

async function openLab(): Promise<Lab> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const files = join(folder.path, 'files');
  const devices: ChildProcess[] = [];
  let running: Running | undefined;
  const begin = async (): Promise<void> => {
    const gateway = start(['serve', '--port', port, '--data', folder.path]);
    running = gateway;
    const { value: line } = await gateway.lines.next();
    if (line === undefined) throw new Error(`the gateway ended: ${(await gateway.ended).errors}`);
    for (const device of devices) device.kill('SIGCONT');
  };
  const kill = async (): Promise<void> => {
    for (const device of devices) device.kill('SIGSTOP');
    running?.child.kill('SIGKILL');
    await running?.ended;
  };
  await begin();
  const token = (await readFile(join(folder.path, 'admin-token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}` };
  const provisioned = await fetch(`${url}/things/gateway/actions/provisionDevice`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'scanner', name: 'mri' }),
  });
  const device: { readonly id: string; readonly token: string } = await provisioned.json();
  const open = () => consume(Scanner, `${url}/things/mri`, { token });
  return {
    begin,
    kill,
    consume: open,
    async dialIn(generation, lasts = false) {
      const node = ['--conditions=source', '--import', 'tsx', '--input-type=module', '--eval', DEVICE];
      const child = spawn(process.execPath, node, {
        cwd: join(import.meta.dirname, '../../things/scanner'),
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          PATH: process.env.PATH,
          DOOR_URL: url,
          DEVICE_ID: device.id.replace('urn:uuid:', ''),
          DEVICE_TOKEN: device.token,
          GENERATION: generation,
          LASTS: String(lasts),
        },
      });
      devices.push(child);
      await using mri = await open();
      const registered = mri.properties.connection.pipe(filter(({ registered }) => registered));
      const ended = once(child, 'exit').then(() => new Error('the device has ended'));
      await firstValueFrom(race(registered, throwOf(ended)));
      return child;
    },
    async receiving() {
      for (;;) {
        const [name] = await listed(join(files, 'incoming'));
        const { size } = name === undefined ? { size: 0 } : await stat(join(files, 'incoming', name));
        if (size > 0) return;
      }
    },
    async files() {
      const shelves = (await listed(files)).filter((name) => name.length === 2);
      const whole = await Promise.all(shelves.map((shelf) => listed(join(files, shelf))));
      return { incoming: (await listed(join(files, 'incoming'))).length, whole: whole.flat().length };
    },
    fetch: (path) => fetch(url + path, { headers }),
    async [Symbol.asyncDispose]() {
      for (const child of devices) if (child.exitCode === null) child.kill('SIGKILL');
      await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const throwOf = (error: Promise<Error>) => race(error).pipe(mergeMap((found) => throwError(() => found)));

const listed = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' && address ? address.port : 0);
}

/** Scans once more, and has the one file that comes of it. */
async function scanOnceMore(lab: Lab): Promise<void> {
  await using mri = await lab.consume();
  await firstValueFrom(mri.properties.status.pipe(filter((status) => status === 'ONLINE' || status === 'ERROR')));
  const { status, resultIds } = await mri.actions.startScan(REQUEST).output;
  expect([status, resultIds.length]).to.deep.equal(['FINISHED', 1]);
  const shown = await mri.actions.listResults({}).output;
  const result = shown.find(({ resultId }) => resultId === resultIds[0]);
  await expectWhole(lab, result?.files[0]);
}

async function expectWhole(lab: Lab, file: { readonly href: string; readonly sha256: string } | undefined) {
  const answer = await lab.fetch(file?.href ?? '/');
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    hash.update(chunk);
    size += chunk.length;
  }
  expect([answer.status, size, hash.digest('hex')]).to.deep.equal([200, SIZE, file?.sha256]);
}

describe('A scanner in the middle of its file', function () {
  this.timeout(120_000);

  it('finds no part of it when the gateway was killed; the scan is over, and the next one works (gen-1)', async () => {
    await using lab = await openLab();
    await lab.dialIn('gen-1');
    {
      await using mri = await lab.consume();
      const scan = mri.actions.startScan(REQUEST);
      scan.output.catch(() => {});
      await lab.receiving();
      await lab.kill();
    }
    expect((await lab.files()).incoming).to.equal(1);
    await lab.begin();
    expect(await lab.files()).to.deep.equal({ incoming: 0, whole: 0 });
    await using mri = await lab.consume();
    const task = await firstValueFrom(mri.properties.currentTask.pipe(filter((task) => task?.status === 'ERROR')));
    expect(task?.error?.code).to.equal('server-restart');
    expect(await mri.actions.listResults({}).output).to.deep.equal([]);
    await scanOnceMore(lab);
    expect(await lab.files()).to.deep.equal({ incoming: 0, whole: 1 });
  });

  it('sends it anew when the gateway was killed, which ends the scan well, and the next one works (gen-2)', async () => {
    await using lab = await openLab();
    const device = await lab.dialIn('gen-2', true);
    {
      await using mri = await lab.consume();
      const scan = mri.actions.startScan(REQUEST);
      scan.output.catch(() => {});
      await lab.receiving();
      await lab.kill();
    }
    expect((await lab.files()).incoming).to.equal(1);
    await lab.begin();
    await using mri = await lab.consume();
    const over = (status: string | undefined): boolean => status === 'FINISHED' || status === 'ERROR';
    const task = await firstValueFrom(mri.properties.currentTask.pipe(filter((task) => over(task?.status))));
    expect(task).to.include({ status: 'FINISHED', error: null });
    const shown = await mri.actions.listResults({}).output;
    expect(shown.map(({ resultId }) => resultId)).to.deep.equal(task?.resultIds);
    expect(shown).to.have.length(1);
    await expectWhole(lab, shown[0]?.files[0]);
    device.kill('SIGKILL');
    await firstValueFrom(mri.properties.connection.pipe(filter(({ connected }) => !connected)));
    await lab.dialIn('gen-2');
    await scanOnceMore(lab);
    expect(await lab.files()).to.deep.equal({ incoming: 0, whole: 2 });
  });

  for (const generation of GENERATIONS) {
    it(`leaves no part of it when it is killed, and its successor scans (${generation})`, async () => {
      await using lab = await openLab();
      const device = await lab.dialIn(generation, true);
      await using mri = await lab.consume();
      const failed = firstValueFrom(mri.events.uploadFailed);
      // A successor of the second generation does not tell that it has forgotten the scan; silence does.
      const scan = mri.actions.startScan({ ...REQUEST, maxSilenceSeconds: 3 });
      const ended = scan.output.catch((error: unknown) => error);
      await lab.receiving();
      device.kill('SIGKILL');
      expect(await failed).to.include({ reason: 'disconnected', sizeBytes: SIZE });
      expect(await mri.properties.status.read()).to.equal('OFFLINE');
      // It is told as soon as it is so, and then goes from the disk.
      for (let tries = 0; tries < 10_000 && (await lab.files()).incoming > 0; tries++);
      expect(await lab.files()).to.deep.equal({ incoming: 0, whole: 0 });
      await lab.dialIn(generation);
      expect(await ended).to.be.instanceOf(Error);
      expect(await mri.actions.listResults({}).output).to.deep.equal([]);
      await scanOnceMore(lab);
      expect(await lab.files()).to.deep.equal({ incoming: 0, whole: 1 });
    });
  }
});
