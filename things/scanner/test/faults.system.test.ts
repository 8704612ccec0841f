import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ThingError } from '@thingwright/core';
import { type ResultSink, resultsInProcess, type ScannerMemory, type ScannerRecord } from '@thingwright/scanner';
import { simulatedScan, simulateScanner } from '@thingwright/scanner/simulator';
import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { fakeTimer } from '../../../test/fake-timer.js';
import {
  connect,
  device,
  HELLO,
  isRegistered,
  letIn,
  member,
  REQUEST,
  type Served,
  serveScanner,
  TOKEN,
  UUID,
  update,
} from './served-scanner.js';

const CONTENT = Buffer.from('what was measured');
const SCAN = simulatedScan({ steps: 10, stepTime: 5, fileSize: 1000 });

/** A memory that outlives a server, as JSON. */
function lasting(): ScannerMemory & { record(): ScannerRecord | undefined } {
  let kept: string | undefined;
  return {
    recall: () => (kept === undefined ? undefined : JSON.parse(kept)),
    keep: (_id, record) => {
      kept = JSON.stringify(record);
    },
    record: () => (kept === undefined ? undefined : JSON.parse(kept)),
  };
}

const portOf = ({ http }: Served): number => Number(new URL(http).port);
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => member(error, 'code'),
  );

describe('A clock that is set in the middle of a scan', () => {
  for (const by of [3_600_000, -3_600_000]) {
    it(`ends nothing, and makes nobody wait for longer: by ${by} ms`, async () => {
      const steady = fakeTimer();
      let offset = 0;
      const timer = { ...steady, now: () => steady.now() + offset };
      await using served = await serveScanner({ timer });
      await using raw = await letIn(served);
      await raw.send(...HELLO['gen-2']);
      const answer = await served.invoke('startScan', REQUEST);
      const task = await raw.start();
      await raw.send(update('BUSY', { progress: 10 }, task));
      const header = { command: 'file-transfer', task_id: task.id, user_access_token: task.access_token };
      await raw.send({ ...header, filename: 'data.mrd', size_bytes: 10, sha256: null }, Buffer.alloc(4));
      // The storage has taken what came.
      steady.pass(250);
      offset = by;
      steady.pass(250);
      expect(served.events.filter(([name]) => /Failed/.test(name))).to.deep.equal([]);
      expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS' });
      steady.pass(60_000);
      expect(served.events.find(([name]) => name === 'uploadFailed')?.[1]).to.include({ reason: 'stalled' });
      offset = 2 * by;
      steady.pass(1_790_000);
      expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS' });
      steady.pass(10_250);
      expect((await served.outcome(answer)).error?.detail).to.match(/^silent/);
    });
  }
});

describe('A scanner whose connection breaks', () => {
  it('in the middle of a scan goes on with it (gen-2), and is free at its end without saying so', async () => {
    await using served = await serveScanner();
    await using _device = await device(served, { generation: 'gen-2', program: SCAN, fault: () => 'drop' });
    expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
    expect(served.events.map(([name]) => name)).to.include('disconnected');
    expect(await served.read('results')).to.have.length(1);
    expect(await served.read('status')).to.equal('ONLINE');
  });

  it('in the middle of a scan has forgotten it (gen-1): it fails at once, and the next begins', async () => {
    await using served = await serveScanner();
    const fault = (scan: number) => (scan === 0 ? 'drop' : undefined);
    await using _device = await device(served, { generation: 'gen-1', program: SCAN, fault });
    const { error } = await served.outcome(await served.invoke('startScan', REQUEST));
    expect(error?.code).to.equal('disconnected');
    await served.until('connection', isRegistered);
    expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
  });

  it('in the middle of a file delivers it again (gen-2)', async () => {
    await using served = await serveScanner();
    const program = simulatedScan({ steps: 2, stepTime: 2, fileSize: 3_000_000 });
    await using simulated = await device(served, {
      generation: 'gen-2',
      program,
      fault: () => 'dropInFile',
      retryDelay: 20,
    });
    const failed = served.next('uploadFailed');
    const ready = served.next('resultReady');
    const answer = await served.invoke('startScan', REQUEST);
    expect(await failed).to.include({ reason: 'disconnected' });
    // A zombie by now: idle when the connection broke. Its files still come.
    expect(await ready).to.have.nested.property('files[0].size', 3_000_000);
    expect(await served.outcome(answer)).to.include({ state: 'completed' });
    expect(await firstValueFrom(simulated.connection)).to.equal('OPEN');
  });

  it('A14: while idle is a zombie (gen-2): not registered, and its scans fail in time', async () => {
    await using served = await serveScanner();
    await using simulated = await device(served, { generation: 'gen-2' });
    simulated.drop();
    await served.until('connection', (connection) => member(connection, 'connected') === false);
    await served.until(
      'connection',
      (connection) => member(connection, 'connected') === true && member(connection, 'wire') === 'gen-2',
    );
    expect(await served.read('connection')).to.include({ connected: true, registered: false });
    expect(served.kind.isConnected('mri')).to.equal(false);
    const answer = await served.invoke('startScan', REQUEST);
    await served.until('currentTask', (task) => task !== null);
    served.timer.pass(10_000);
    expect((await served.outcome(answer)).error?.code).to.equal('timeout');
  });

  it('while idle registers again (gen-1)', async () => {
    await using served = await serveScanner();
    await using simulated = await device(served, { generation: 'gen-1' });
    const gone = served.next('disconnected');
    simulated.drop();
    await gone;
    await served.until('connection', isRegistered);
    expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
  });
});

describe('A scanner without a program', () => {
  it('A10: says so without naming the task (gen-1)', async () => {
    await using served = await serveScanner();
    await using _device = await device(served, { generation: 'gen-1', fault: () => 'noProgram' });
    const { error } = await served.outcome(await served.invoke('startScan', REQUEST));
    expect(error?.detail).to.equal('device-error: Scan callback not defined.');
  });

  it('A10: says nothing (gen-2), and the scan fails in time', async () => {
    await using served = await serveScanner();
    await using _device = await device(served, { generation: 'gen-2', fault: () => 'noProgram' });
    const answer = await served.invoke('startScan', REQUEST);
    await served.until('connection', (connection) => !isRegistered(connection));
    served.timer.pass(10_000);
    expect((await served.outcome(answer)).error?.code).to.equal('timeout');
    expect(await served.read('currentTask')).to.have.nested.property('error.code', 'no-ack');
  });
});

describe('A scan', () => {
  it('is cancelled with its invocation, which is gone then; the task ends as aborted', async () => {
    await using served = await serveScanner();
    const program = simulatedScan({ steps: 1000, stepTime: 5 });
    await using _device = await device(served, { generation: 'gen-2', program, obeysCancel: true });
    const { status } = await served.invoke('startScan', REQUEST);
    await served.until('status', (value) => value === 'BUSY');
    const failed = served.next('scanFailed');
    const actionID = status?.actionID ?? '';
    const principal = { id: 'x', kind: 'user', grants: [] } as const;
    await served.thing.request({ op: 'cancelaction', actionID }, { principal });
    expect(await failed).to.include({ code: 'aborted' });
    expect(
      await codeOf(Promise.resolve().then(() => served.thing.request({ op: 'queryaction', actionID }, { principal }))),
    ).to.equal('notFound');
    await served.until('status', (value) => value === 'ONLINE');
    expect(await served.read('currentTask')).to.have.nested.property('error.code', 'aborted');
  });

  it('is aborted, and a device that obeys confirms it', async () => {
    await using served = await serveScanner();
    const program = simulatedScan({ steps: 1000, stepTime: 5 });
    await using _device = await device(served, { generation: 'gen-2', program, obeysCancel: true });
    const answer = await served.invoke('startScan', REQUEST);
    await served.until('status', (value) => value === 'BUSY');
    const { output } = await served.outcome(await served.invoke('abortScan', {}));
    expect(output).to.include({ delivered: true, confirmed: true });
    expect((await served.outcome(answer)).error?.code).to.equal('aborted');
  });

  it('cannot be aborted where none runs, and the error not cleared where one does', async () => {
    await using served = await serveScanner();
    expect((await served.outcome(await served.invoke('abortScan', {}))).error?.code).to.equal('conflict');
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-1']);
    await served.invoke('startScan', REQUEST);
    await raw.start();
    expect(await codeOf(served.invoke('clearError'))).to.equal('conflict');
    const other = { taskId: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33' };
    expect((await served.outcome(await served.invoke('abortScan', other))).error?.code).to.equal('notFound');
  });

  it('B17, B19: carries the safety limits and the parameter that an operator set', async () => {
    const memory = lasting();
    await using served = await serveScanner({ memory });
    await using raw = await letIn(served);
    await raw.send({ command: 'register', data: { device_name: 'a', parameter: { larmor_frequency: 1 } } });
    await served.write('parameter', { larmor_frequency: 2 });
    await raw.send({ command: 'register', data: { device_name: null, site: 'B', parameter: { larmor_frequency: 3 } } });
    expect(await served.read('details')).to.include({ deviceName: 'a', site: 'B' });
    expect(await served.read('parameter')).to.deep.equal({ larmor_frequency: 2 });
    expect(await served.read('reportedParameter')).to.deep.equal({ larmor_frequency: 3 });
    const acquisitionLimits = { patientHeight: 178, patientWeight: 75, patientAge: 41 };
    await served.invoke('startScan', { ...REQUEST, acquisitionLimits });
    await raw.start();
    const start = raw.heard.find(({ command }) => command === 'start');
    expect(start?.data).to.deep.include({
      device_id: UUID,
      device_parameter: { larmor_frequency: 2 },
      acquisition_limits: { patient_height: 178, patient_weight: 75, patient_gender: 'NOT_GIVEN', patient_age: 41 },
    });
    expect(memory.record()?.parameter).to.deep.equal({ larmor_frequency: 2 });
  });

  it('B3: has a capability of its own, which is nobody’s token and is not kept', async () => {
    const memory = lasting();
    await using served = await serveScanner({ memory });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-1']);
    await served.invoke('startScan', REQUEST);
    const first = await raw.start();
    await raw.send(update('ERROR', { error_message: 'x' }, first));
    await served.invoke('startScan', REQUEST);
    await raw.send({ command: 'ping' });
    const second = await raw.start();
    expect(first.access_token).to.match(/^[0-9a-f]{64}$/);
    expect(second.access_token)
      .to.match(/^[0-9a-f]{64}$/)
      .and.to.not.equal(first.access_token);
    const kept = JSON.stringify(memory.record());
    expect(kept).to.include(first.id).and.to.include(second.id);
    expect(kept).to.not.include(first.access_token).and.to.not.include(second.access_token);
  });

  it('waits for a device whose program has not ended yet', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const answer = await served.invoke('startScan', { ...REQUEST, expectResult: false });
    const task = await raw.start();
    await raw.send(update('BUSY', { progress: 100 }, task));
    expect(await served.outcome(answer)).to.include({ state: 'completed' });
    expect(await served.read('status')).to.equal('BUSY');
    await served.invoke('startScan', REQUEST);
    served.timer.pass(250);
    await raw.send({ command: 'ping' });
    expect(raw.heard.filter(({ command }) => command === 'start')).to.have.length(1);
    expect(await codeOf(served.invoke('startScan', REQUEST))).to.equal('conflict');
    await raw.send(update('ONLINE', {}));
    served.timer.pass(250);
    while (raw.heard.filter(({ command }) => command === 'start').length < 2) await raw.send({ command: 'ping' });
  });

  it('rule 8: fails in silence, which heartbeats do not break', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const answer = await served.invoke('startScan', { ...REQUEST, maxSilenceSeconds: 100 });
    const task = await raw.start();
    await raw.send(update('BUSY', { progress: 5 }, task));
    served.timer.pass(90_000);
    await raw.send({ command: 'ping' });
    served.timer.pass(10_000);
    expect((await served.outcome(answer)).error?.detail).to.match(/^silent: .* 100 s$/);
    expect(await served.read('status')).to.equal('ERROR');
  });

  it('does not begin if it cannot be remembered', async () => {
    let isFull = false;
    const memory: ScannerMemory = {
      recall: () => undefined,
      keep: () => (isFull ? Promise.reject(new ThingError('unavailable', 'the disk is full')) : undefined),
    };
    await using served = await serveScanner({ memory });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-1']);
    isFull = true;
    expect((await served.outcome(await served.invoke('startScan', REQUEST))).error?.code).to.equal('unavailable');
    expect(raw.heard.filter(({ command }) => command === 'start')).to.deep.equal([]);
    expect(await codeOf(served.write('parameter', { x: 1 }))).to.equal('unavailable');
    expect(await served.read('parameter')).to.deep.equal({});
    expect(await codeOf(served.write('label', { name: 'x', description: 'x' }))).to.equal('unavailable');
    expect(await served.read('label')).to.deep.equal({ name: 'mri', description: 'mri' });
    isFull = false;
    await served.invoke('startScan', REQUEST);
    await raw.start();
  });
});

describe('A server that starts again', () => {
  it('A12, B23: shows its devices as OFFLINE, and goes on with a scan that the device goes on with (gen-2)', async () => {
    const memory = lasting();
    const results = resultsInProcess();
    const first = await serveScanner({ memory, results });
    const program = simulatedScan({ steps: 60, stepTime: 5, fileSize: 1000 });
    await using simulated = await device(first, { generation: 'gen-2', program, reconnectDelay: 150 });
    await first.invoke('startScan', REQUEST);
    await first.until('progress', (percent) => Number(percent) > 0);
    const port = portOf(first);
    await first[Symbol.asyncDispose]();
    await using second = await serveScanner({ memory, results }, { port });
    expect(await second.read('status')).to.equal('OFFLINE');
    expect(await second.read('currentTask')).to.include({ status: 'INPROGRESS' });
    await second.until('currentTask', (task) => member(task, 'status') === 'FINISHED');
    await second.until('results', (list) => Array.isArray(list) && list.length === 1);
    expect(await firstValueFrom(simulated.connection)).to.equal('OPEN');
  });

  it('A12, B23: fails a scan that the device has forgotten (gen-1), and takes the next', async () => {
    const memory = lasting();
    const first = await serveScanner({ memory });
    const program = simulatedScan({ steps: 60, stepTime: 5, fileSize: 1000 });
    await using _device = await device(first, { generation: 'gen-1', program, reconnectDelay: 150 });
    await first.invoke('startScan', REQUEST);
    await first.until('progress', (percent) => Number(percent) > 0);
    const port = portOf(first);
    await first[Symbol.asyncDispose]();
    await using second = await serveScanner({ memory }, { port });
    await second.until('currentTask', (task) => member(task, 'status') === 'ERROR');
    expect(await second.read('lastError')).to.include({ code: 'server-restart' });
    await second.until('connection', isRegistered);
    await second.invoke('startScan', REQUEST);
    await second.until('progress', (percent) => Number(percent) > 0);
  });

  it('fails a scan whose device does not come back, after the grace, and knows its task id', async () => {
    const memory = lasting();
    const first = await serveScanner({ memory });
    const taskId = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
    await using raw = await letIn(first);
    await raw.send(...HELLO['gen-2']);
    await first.invoke('startScan', { ...REQUEST, taskId });
    await raw.start();
    await first[Symbol.asyncDispose]();
    await using second = await serveScanner({ memory });
    second.timer.pass(59_000);
    expect(await second.read('currentTask')).to.include({ status: 'STARTED', taskId });
    second.timer.pass(1000);
    expect(await second.read('currentTask')).to.have.nested.property('error.code', 'server-restart');
    await using again = await letIn(second);
    await again.send(...HELLO['gen-2']);
    expect(await codeOf(second.invoke('startScan', { ...REQUEST, taskId }))).to.equal('conflict');
    expect(await codeOf(second.invoke('startScan', REQUEST))).to.equal('done');
  });

  describe('whose device has finished its scan, and was delivering: a zombie from then on (gen-2)', () => {
    /** A server after the one that was killed in the middle of the file, and the device, which sends heartbeats. */
    async function interrupted() {
      const memory = lasting();
      const first = await serveScanner({ memory });
      await using raw = await letIn(first);
      await raw.send(...HELLO['gen-2']);
      await first.invoke('startScan', REQUEST);
      const task = await raw.start();
      const header = {
        command: 'file-transfer',
        task_id: task.id,
        user_access_token: task.access_token,
        filename: 'data.mrd',
        size_bytes: CONTENT.length,
      };
      await raw.send(update('BUSY', { progress: 100 }, task), update('ONLINE', {}), header, CONTENT.subarray(1));
      await first[Symbol.asyncDispose]();
      const served = await serveScanner({ memory });
      const zombie = await letIn(served);
      await zombie.send({ command: 'ping' });
      expect(await served.read('connection')).to.include({ connected: true, registered: false });
      return { served, zombie, file: [header, CONTENT] as const };
    }

    it('ends the scan when the grace is over, heartbeats or not, and takes the file all the same', async () => {
      const { served, zombie, file } = await interrupted();
      await using _served = served;
      await using _zombie = zombie;
      served.timer.pass(59_999);
      await zombie.send({ command: 'ping' });
      expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS' });
      served.timer.pass(1);
      expect(await served.read('currentTask')).to.have.nested.property('error.code', 'server-restart');
      const ready = served.next('resultReady');
      await zombie.send(...file);
      expect(await ready).to.have.nested.property('files[0].size', CONTENT.length);
      expect(await codeOf(served.invoke('startScan', REQUEST))).to.equal('done');
    });

    it('ends the scan well when the file comes within the grace', async () => {
      const { served, zombie, file } = await interrupted();
      await using _served = served;
      await using _zombie = zombie;
      await zombie.send(...file);
      const over = await served.until('currentTask', (task) => member(task, 'endedAt') !== null);
      expect(over).to.deep.include({ status: 'FINISHED', error: null });
      expect(over).to.have.property('resultIds').with.length(1);
    });
  });

  it('takes what was kept in another shape for nothing', async () => {
    const memory = { recall: () => ({ task: 5 }), keep() {} };
    await using served = await serveScanner({ memory });
    expect(await served.read('currentTask')).to.equal(null);
    expect(await served.read('parameter')).to.deep.equal({});
  });

  it('remembers its label', async () => {
    const memory = lasting();
    const label = { name: 'Scanner 1', description: 'In the cellar' };
    {
      await using first = await serveScanner({ memory });
      expect(await first.read('label')).to.deep.equal({ name: 'mri', description: 'mri' });
      await first.write('label', label);
    }
    await using second = await serveScanner({ memory });
    expect(await second.read('label')).to.deep.equal(label);
  });
});

describe('Results', () => {
  it('are listed newest first, by task and page by page, and deleted', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-1']);
    await served.invoke('startScan', REQUEST);
    const task = await raw.start();
    for (const filename of ['1.mrd', '2.npy', '3.json']) {
      const ready = served.next('resultReady');
      const header = { command: 'file-transfer', task_id: task.id, user_access_token: task.access_token };
      await raw.send({ ...header, filename, size_bytes: CONTENT.length }, CONTENT);
      await ready;
    }
    const list = async (input: object): Promise<unknown[]> => {
      const { output } = await served.invoke('listResults', input);
      return Array.isArray(output) ? output : [];
    };
    const all = await list({});
    expect(all.map((result) => member(result, 'type'))).to.deep.equal(['CALIBRATION', 'NUMPY', 'MRD']);
    expect(await served.read('results')).to.deep.equal(all);
    const ids = all.map((result) => String(member(result, 'resultId')));
    expect(await list({ limit: 1, before: ids[0] })).to.deep.equal([all[1]]);
    expect(await list({ taskId: task.id })).to.have.length(3);
    expect(await list({ taskId: '00000000-0000-4000-8000-000000000000' })).to.deep.equal([]);
    expect(await codeOf(list({ before: 'nothing' }))).to.equal('notFound');
    await served.invoke('deleteResult', { resultId: ids[1] });
    expect(await served.read('results')).to.deep.equal([all[0], all[2]]);
    expect(await codeOf(served.invoke('deleteResult', { resultId: ids[1] }))).to.equal('notFound');
  });

  it('A6: come whole while the storage is slow, with heartbeats and progress between their bytes', async () => {
    const kept = resultsInProcess({ quota: 100_000_000 });
    const slow: ResultSink = {
      ...kept,
      write: (content, file) =>
        kept.write(
          (async function* () {
            for await (const chunk of content) {
              await new Promise((resolve) => setTimeout(resolve, 2));
              yield chunk;
            }
          })(),
          file,
        ),
    };
    await using served = await serveScanner({ results: slow });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const answer = await served.invoke('startScan', REQUEST);
    const task = await raw.start();
    const chunk = Buffer.alloc(1_048_576, 7);
    const chunks = 40;
    const hash = createHash('sha256');
    for (let i = 0; i < chunks; i++) hash.update(chunk);
    const digest = hash.digest('hex');
    const header = { command: 'file-transfer', task_id: task.id, user_access_token: task.access_token };
    const file = { ...header, filename: 'data.mrd', size_bytes: chunks * chunk.length, sha256: digest };
    const { websocket } = raw;
    websocket.send(JSON.stringify(file));
    let most = 0;
    for (let i = 1; i <= chunks; i++) {
      websocket.send(chunk);
      websocket.send('{"command":"ping"}');
      websocket.send(JSON.stringify(update('BUSY', { progress: i }, task)));
      most = Math.max(most, websocket.bufferedAmount);
    }
    // What the server does not read waits here.
    expect(most).to.be.greaterThan(10 * chunk.length);
    await served.until('progress', (percent) => percent === chunks);
    await raw.send(update('ONLINE', {}));
    expect(await served.outcome(answer)).to.include({ state: 'completed' });
    expect(raw.heard.filter(({ command }) => command === 'pong')).to.have.length(chunks);
    expect(await served.read('results')).to.have.nested.property('[0].files[0].sha256', digest);
  });

  it('B9: are given up for an ERROR of the device or a new header, and stray bytes are answered', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    await served.invoke('startScan', REQUEST);
    const task = await raw.start();
    const header = {
      command: 'file-transfer',
      task_id: task.id,
      user_access_token: task.access_token,
      filename: 'data.mrd',
      size_bytes: 100,
    };
    await raw.send(CONTENT);
    expect(raw.heard.at(-1))
      .to.have.property('message')
      .that.matches(/binary frame/);
    await raw.send(header, CONTENT, header, CONTENT, update('ERROR', { error_message: 'x' }, task), CONTENT);
    const failures = served.events
      .filter(([name]) => name === 'uploadFailed')
      .map(([, data]) => member(data, 'reason'));
    expect(failures).to.deep.equal(['aborted', 'aborted']);
    expect(await served.read('results')).to.deep.equal([]);
    expect(await served.read('connection')).to.include({ connected: true });
  });
});

describe('The door of scanners, for the simulator', () => {
  it('speaks TLS', async () => {
    const pem = (name: string): string =>
      readFileSync(new URL(`../../../packages/listener/test/localhost.${name}.pem`, import.meta.url), 'utf8');
    const ca = pem('cert');
    await using served = await serveScanner({}, { tls: { port: 0, key: pem('key'), cert: ca } });
    const url = (served.https ?? '').replace('127.0.0.1', 'localhost');
    await using _device = await device(served, { url, ca });
    expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
  });

  it('refuses a wrong token for good, and a device of today gives up', async () => {
    await using served = await serveScanner();
    await using simulated = simulateScanner({ url: served.http, id: UUID, token: 'wrong' });
    expect(await simulated.ended).to.deep.equal({ cause: 'refused', status: 401 });
  });

  it('is not there any more: a device that dials again once is deaf', async () => {
    const served = await serveScanner();
    await using simulated = await device(served, { generation: 'gen-1' });
    await served[Symbol.asyncDispose]();
    expect(await simulated.ended).to.deep.equal({ cause: 'deaf' });
  });

  it('lets a device stop with its signal', async () => {
    await using served = await serveScanner();
    const stop = new AbortController();
    await using simulated = await device(served, { signal: stop.signal });
    stop.abort();
    expect(await simulated.ended).to.deep.equal({ cause: 'stopped' });
  });

  it('rule 3: holds two parties apart that use one identity, and tells it', async () => {
    await using served = await serveScanner();
    const told = served.next('duplicateIdentity');
    const headers = { 'Device-Id': UUID, 'Device-Token': TOKEN };
    const answers: unknown[] = [];
    for (const localAddress of ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3', '127.0.0.2']) {
      const raw = await connect(served, headers, { localAddress });
      answers.push(typeof raw === 'number' ? raw : raw.websocket.readyState === WebSocket.OPEN);
    }
    expect(answers).to.deep.equal([true, true, true, true, 409]);
    await told;
  });
});
