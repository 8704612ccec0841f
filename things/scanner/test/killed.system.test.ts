import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ResultSink, resultsInProcess } from '@thingwright/scanner';
import { expect } from 'chai';
import { device, isRegistered, REQUEST, type Served, serveScanner, TOKEN, UUID } from './served-scanner.js';

const PROGRAM = `
import { simulatedScan, simulateScanner } from '@thingwright/scanner/simulator';
const { DOOR_URL: url, DEVICE_ID: id, DEVICE_TOKEN: token, GENERATION: generation } = process.env;
const program = simulatedScan({ steps: 2, stepTime: 1, fileSize: 50_000_000 });
simulateScanner({ url, id, token, generation, program });
`;

/** A simulated device that is a process of its own, with a large file. */
function spawnDevice({ http }: Served, generation: string): ChildProcess {
  return spawn(process.execPath, ['--conditions=source', '--import', 'tsx', '--input-type=module', '--eval', PROGRAM], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DOOR_URL: http, DEVICE_ID: UUID, DEVICE_TOKEN: TOKEN, GENERATION: generation },
  });
}

/** Keeps nothing before the gate is open; tells when the first bytes have come. */
function gatedSink() {
  const kept = resultsInProcess({ quota: 1_000_000_000 });
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let came = (): void => {};
  const first = new Promise<void>((resolve) => {
    came = resolve;
  });
  const sink: ResultSink = {
    ...kept,
    write: (content, file) =>
      kept.write(
        (async function* () {
          for await (const chunk of content) {
            came();
            await gate;
            yield chunk;
          }
        })(),
        file,
      ),
  };
  return { sink, first, open };
}

describe('A scanner that is a process of its own', () => {
  for (const generation of ['gen-1', 'gen-2'] as const) {
    it(`A11: killed in the middle of a file, leaves no part of it, and its successor scans (${generation})`, async function () {
      this.timeout(20_000);
      const { sink, first, open } = gatedSink();
      await using served = await serveScanner({ results: sink });
      const child = spawnDevice(served, generation);
      const exited = once(child, 'exit');
      await served.until('connection', isRegistered);
      const answer = await served.invoke('startScan', REQUEST);
      await first;
      const failed = served.next('uploadFailed');
      child.kill('SIGKILL');
      await exited;
      // The end of the connection is heard when the storage goes on.
      open();
      expect(await failed).to.include({ reason: 'disconnected' });
      await served.until('status', (status) => status === 'OFFLINE');
      served.timer.pass(60_000);
      expect((await served.outcome(answer)).state).to.equal('failed');
      expect(await served.read('currentTask')).to.have.nested.property('error.code', 'disconnected');
      expect(await served.read('results')).to.deep.equal([]);
      await using _successor = await device(served, { generation });
      expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
    });
  }
});
