/** Faults of the reference server (list B of the reference) that are not shown where the behaviour itself is tested. */
import { createHash } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import { type ResultSink, resultsInProcess, type ScannerMemory, type ScannerRecord } from '@thingwright/scanner';
import { simulatedScan } from '@thingwright/scanner/simulator';
import { expect } from 'chai';
import { serveManager } from './routes/served-manager.js';
import {
  device,
  HELLO,
  letIn,
  member,
  type RawDevice,
  REQUEST,
  type Served,
  serveScanner,
  TOKEN,
  update,
} from './served-scanner.js';

const CONTENT = Buffer.from('what was measured');
type Task = Awaited<ReturnType<RawDevice['start']>>;

const header = (task: Task, filename: string, more: object = {}) => ({
  command: 'file-transfer',
  task_id: task.id,
  user_access_token: task.access_token,
  filename,
  size_bytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
  ...more,
});
const told = ({ events }: Served, name: string): unknown[] =>
  events.filter(([each]) => each === name).map(([, data]) => data);

/** Starts a scan on a device that was let in, and acknowledges it. */
async function begin(served: Served, raw: RawDevice, request: object = REQUEST): Promise<Task> {
  await served.invoke('startScan', request);
  for (const known = raw.heard.filter(({ command }) => command === 'start').length; ; ) {
    const starts = raw.heard.filter(({ command }) => command === 'start');
    if (starts.length > known) break;
    await new Promise(setImmediate);
  }
  const task = await raw.start();
  await raw.send(update('BUSY', { progress: 10 }, task));
  return task;
}

describe('A fault of the reference server that is not repeated', () => {
  it('B2: a device touches the task of another, even with all that this one knows of it', async () => {
    await using served = await serveManager();
    const { body } = await served.call('POST /createdevice', { body: { name: 'other', description: 'x' } });
    await using mine = await letIn(served);
    await using other = await letIn(served, String(member(body, 'device_id')));
    await mine.send(...HELLO['gen-2']);
    await other.send(...HELLO['gen-2']);
    const task = await begin(served, mine);
    await other.send(
      update('BUSY', { progress: 90 }, task),
      update('ERROR', { error_message: 'sabotage' }, task),
      header(task, 'data.mrd'),
      CONTENT,
    );
    const errors = other.heard.filter(({ command }) => command === undefined).map(({ message }) => message);
    expect(errors).to.have.length(3);
    expect(await served.read('currentTask')).to.deep.include({ status: 'INPROGRESS', progress: 10, error: null });
    expect(await served.read('results')).to.deep.equal([]);
    await mine.send(header(task, 'data.mrd'), CONTENT);
    await served.until('results', (results) => Array.isArray(results) && results.length === 1);
  });

  it('B4: secrets and payloads stand in the log', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-1']);
    const task = await begin(served, raw, { sequence: { name: 'tse', seqFile: 'a-secret-sequence' } });
    await raw.send(
      '{"a-secret-of-bad-json',
      update('BUSY', { progress: 1 }, { ...task, access_token: 'a-secret-guess' }),
    );
    await raw.send(header(task, 'data.mrd', { sha256: 'f'.repeat(64) }), CONTENT);
    await served.until('upload', (upload) => upload === null);
    const logged = JSON.stringify(served.logged);
    expect(logged).to.include('not its own');
    for (const secret of [TOKEN, task.access_token, 'a-secret', CONTENT.toString()])
      expect(logged).to.not.include(secret);
  });

  it('B6: after a connection that ends in whatever way, the next start is written to a dead socket', async () => {
    for (const end of ['terminate', 'half a frame', 'no goodbye'] as const) {
      await using served = await serveScanner();
      const raw = await letIn(served);
      await raw.send(...HELLO['gen-2']);
      const gone = served.next('disconnected');
      if (end === 'terminate') raw.websocket.terminate();
      else if (end === 'no goodbye') raw.websocket.close(4000);
      // A frame with a reserved bit, which no WebSocket may send.
      else Reflect.get(raw.websocket, '_socket').write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]));
      await gone;
      expect([end, await served.read('status'), member(await served.read('connection'), 'connected')]).to.deep.equal([
        end,
        'OFFLINE',
        false,
      ]);
      const refused = served.invoke('startScan', REQUEST).catch((error: unknown) => member(error, 'code'));
      expect(await refused).to.equal('unavailable');
    }
  });

  for (const way of ['was refused while it was offline', 'ended without a file', 'failed', 'was cut off'] as const) {
    it(`B7: a device without parameters is busy for ever after a scan that ${way}`, async () => {
      await using served = await serveScanner();
      const refused = served.invoke('startScan', REQUEST).catch((error: unknown) => member(error, 'code'));
      expect(await refused).to.equal('unavailable');
      await using first = await letIn(served);
      await first.send({ command: 'register', data: { parameter: {} } });
      if (way !== 'was refused while it was offline') {
        const task = await begin(served, first);
        const over = served.next(way === 'ended without a file' ? 'scanFinished' : 'scanFailed');
        if (way === 'failed') await first.send(update('ERROR', { error_message: 'x' }, task));
        else if (way === 'ended without a file')
          await first.send(update('BUSY', { progress: 100 }, task), update('ONLINE'));
        else first.websocket.terminate();
        await served.until('connection', (connection) => member(connection, 'connected') === (way !== 'was cut off'));
        served.timer.pass(60_000);
        await over;
      }
      await using second = await letIn(served);
      await second.send({ command: 'register', data: { parameter: {} } });
      await begin(served, second);
    });
  }

  it('B11, B12: a result is there before its file has a name, a size and all of its bytes', async () => {
    const written: string[] = [];
    const kept = resultsInProcess();
    const results: ResultSink = {
      ...kept,
      write(content, file) {
        written.push(file.name);
        return kept.write(content, file);
      },
    };
    await using served = await serveScanner({ results });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const task = await begin(served, raw);
    for (const name of ['', '..', '.', 'x/..', 'a/', '.hidden', 'device_parameter.json', 'data.mrd.part']) {
      await raw.send(header(task, name), CONTENT);
    }
    await raw.send(header(task, 'x.mrd', { size_bytes: -1 }), CONTENT);
    expect(written).to.deep.equal([]);
    const failures = told(served, 'uploadFailed').map((failure) => member(failure, 'reason'));
    expect(failures).to.deep.equal([...Array<string>(8).fill('bad-name'), 'not-allowed']);
    await raw.send(header(task, 'x/y.mrd'), CONTENT.subarray(0, 3));
    expect(await served.read('results')).to.deep.equal([]);
    await raw.send(CONTENT.subarray(3));
    await served.until('results', (list) => Array.isArray(list) && list.length === 1);
    expect(written).to.deep.equal(['y.mrd']);
  });

  it('B13: an upload is overwritten by, or listed beside, a file of the server', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    await raw.send({ command: 'register', data: { parameter: { gain: 2 } } });
    const task = await begin(served, raw);
    await raw.send(header(task, 'a/device_parameter.json'), CONTENT, header(task, 'data.json'), CONTENT);
    await served.until('results', (list) => Array.isArray(list) && list.length > 0);
    const results = await served.results.list(served.thing.id, { limit: 20 });
    expect(results.map(({ files, parameter }) => [files.map(({ name }) => name), parameter])).to.deep.equal([
      [['data.json'], { gain: 2 }],
    ]);
  });

  it('B18: what happens at the same time overwrites one another, while what is kept is slow', async () => {
    let record: ScannerRecord | undefined;
    const memory: ScannerMemory = {
      recall: () => undefined,
      async keep(_id, next) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        record = next;
      },
    };
    await using served = await serveScanner({ memory });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const task = await begin(served, raw);
    const label = { name: 'One', description: 'Two' };
    const progress = Array.from({ length: 80 }, (_, i) => update('BUSY', { progress: 11 + i }, task));
    await Promise.all([
      served.write('parameter', { a: 1 }),
      raw.send(...progress.slice(0, 40), header(task, 'a.mrd'), CONTENT, ...progress.slice(40)),
      served.write('label', label),
      served.until('results', (list) => Array.isArray(list) && list.length === 1),
    ]);
    await raw.send({ command: 'register', data: { site: 'B' } });
    await served.write('parameter', { a: 2 });
    expect(record).to.deep.include({ label, parameter: { a: 2 } });
    expect(record?.details).to.include({ deviceName: 'raw', site: 'B' });
    expect(record?.task?.state.percent).to.equal(90);
    expect(record?.task?.resultIDs).to.have.length(1);
  });

  it('B20: a scan is finished by its progress alone, before its file', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const task = await begin(served, raw);
    await raw.send(update('BUSY', { progress: 100 }, task), update('ONLINE', {}));
    expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS', progress: 100 });
    const [finished, ready] = [served.next('scanFinished'), served.next('resultReady')];
    await raw.send(header(task, 'data.mrd'), CONTENT);
    expect(await finished).to.deep.include({ resultIds: [member(await ready, 'resultId')] });
  });

  it('B14, B25: a device is told where files are kept, or why a database failed', async () => {
    const secret = '/var/lib/lake/results: password authentication failed';
    let isBroken = false;
    const fail = (): never => {
      throw new ThingError('failed', secret, { cause: new Error(secret) });
    };
    const kept = resultsInProcess();
    const results: ResultSink = { ...kept, write: (content, file) => (isBroken ? fail() : kept.write(content, file)) };
    const memory: ScannerMemory = { recall: () => undefined, keep: () => (isBroken ? fail() : undefined) };
    await using served = await serveScanner({ results, memory });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const task = await begin(served, raw);
    await raw.send(header(task, 'good.mrd'), CONTENT);
    await served.until('results', (list) => Array.isArray(list) && list.length === 1);
    isBroken = true;
    const failed = served.next('uploadFailed');
    await raw.send({ command: 'register', data: { device_name: 'x' } }, header(task, 'data.mrd'), CONTENT);
    await failed;
    await raw.send({ command: 'ping' });
    const heard = JSON.stringify(raw.heard.filter(({ command }) => command !== 'start'));
    expect(heard).to.include('stored');
    expect(heard).to.not.include('/var').and.to.not.include('password');
    expect(JSON.stringify(served.events)).to.not.include('password');
  });

  it('B27: a sequence that is no plain text breaks the start of its scan', async () => {
    await using served = await serveScanner();
    const seqFile = 'µT/m \u0000 \ud83d\ude00 \ud800 end';
    await using simulated = await device(served, { program: simulatedScan({ steps: 1, stepTime: 1, fileSize: 10 }) });
    const texts: string[] = [];
    simulated.heard.subscribe((frame) => frame.kind === 'start' && texts.push(JSON.stringify(frame)));
    const answer = await served.invoke('startScan', { sequence: { name: 'tse', seqFile } });
    expect(await served.outcome(answer)).to.include({ state: 'completed' });
    expect(texts).to.have.length(1);
  });
});
