import { createHash } from 'node:crypto';
import { simulatedScan } from '@thingwright/scanner/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom, NEVER } from 'rxjs';
import { measured } from '../src/simulator/scan-program.js';
import type { ServerFrame } from '../src/wire/server-frame.js';
import {
  connect,
  device,
  HELLO,
  letIn,
  member,
  type RawDevice,
  REQUEST,
  type Served,
  serveScanner,
  TOKEN,
  UUID,
  update,
} from './served-scanner.js';

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const CONTENT = Buffer.from('what was measured');

/** Lets time pass, and the device show that it is alive. */
async function pass({ timer }: Served, raw: RawDevice, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 200_000) {
    timer.pass(200_000);
    await raw.send({ command: 'ping' });
  }
}

for (const generation of ['gen-1', 'gen-2'] as const) {
  describe(`A scanner of ${generation}`, () => {
    it('A1: is ONLINE and registered, with the details that it reports', async () => {
      await using served = await serveScanner();
      const details = { deviceName: 'sim', serialNumber: '1', manufacturer: 'x', modality: 'MRI', site: 'B' };
      const parameter = { larmor_frequency: 5 };
      await using _device = await device(served, { generation, details, parameter });
      await served.until('status', (status) => status === 'ONLINE');
      expect(await served.read('details')).to.deep.equal(details);
      expect(await served.read('connection')).to.include({ connected: true, registered: true, wire: generation });
      expect(await served.read('reportedParameter')).to.deep.equal(parameter);
      expect(await served.read('parameter')).to.deep.equal(parameter);
      expect(served.kind.isConnected('mri')).to.equal(true);
      expect(served.events.map(([name]) => name)).to.include.members(['connected', 'parameterReported']);
    });

    it('A3: scans from 0 to 100 % and delivers its file', async () => {
      await using served = await serveScanner();
      await using _device = await device(served, { generation });
      const percents: unknown[] = [];
      served.thing
        .observe({ op: 'observeproperty', name: 'progress' }, { principal: { id: 'x', kind: 'user', grants: [] } })
        .subscribe(({ value }) => percents.push(value));
      const { state, output } = await served.outcome(await served.invoke('startScan', REQUEST));
      expect(state).to.equal('completed');
      const taskId = String(member(output, 'taskId'));
      expect(output).to.include({ status: 'FINISHED', error: null });
      expect(percents).to.deep.equal([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
      const results = await served.results.list(`urn:uuid:${UUID}`, { limit: 20 });
      expect(results).to.have.length(1);
      expect(results[0]).to.deep.include({ taskId, type: 'MRD', parameter: { larmor_frequency: 2_025_000 } });
      const content = measured(taskId, 2_467_920);
      expect(results[0]?.files).to.deep.include.members([
        {
          name: 'data.mrd',
          originalName: 'data.mrd',
          size: 2_467_920,
          sha256: sha256(content),
          contentType: 'application/x-ismrmrd+hdf5',
          href: results[0]?.files[0]?.href,
        },
      ]);
      expect(await served.read('currentTask')).to.deep.include({ status: 'FINISHED', progress: 100, taskId });
      expect(await served.read('results')).to.deep.equal(results);
      await served.until('status', (status) => status === 'ONLINE');
      const told = served.events.map(([name]) => name);
      for (const name of ['scanStarted', 'scanProgress', 'resultReady', 'scanFinished']) expect(told).to.include(name);
      expect(told).to.not.include.oneOf(['scanFailed', 'uploadFailed', 'protocolError']);
    });

    it('A4, B15: hears at most 16 frames in a scan of 60 updates', async () => {
      await using served = await serveScanner();
      await using simulated = await device(served, { generation, program: simulatedScan({ steps: 60, stepTime: 1 }) });
      const heard: ServerFrame[] = [];
      simulated.heard.subscribe((frame) => heard.push(frame));
      expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
      await served.until('status', (status) => status === 'ONLINE');
      expect(heard.length).to.be.within(2, 16);
      expect(await served.read('connection')).to.include({ connected: true });
    });

    it('A5, B24: may block for longer than pings take', async () => {
      await using served = await serveScanner();
      await using _device = await device(served, { generation, fault: () => 'block', blockTime: 50 });
      const answer = await served.invoke('startScan', REQUEST);
      await served.until('progress', (percent) => percent === 40);
      for (let i = 0; i < 4; i++) served.timer.pass(22_000);
      expect(await served.outcome(answer)).to.include({ state: 'completed' });
      expect(served.events.map(([name]) => name)).to.not.include('disconnected');
    });

    for (const [fault, reason] of [
      ['corruptFile', 'checksum'],
      ['longFile', 'overrun'],
      ['emptyFile', 'not-allowed'],
      ['negativeSize', 'not-allowed'],
      ['badName', 'bad-name'],
      ['foreignTask', 'not-allowed'],
    ] as const) {
      it(`A7, A8, A9: delivers no result with the fault ${fault}, and is told`, async () => {
        await using served = await serveScanner();
        const program = simulatedScan({ steps: 2, stepTime: 2, fileSize: 1000 });
        await using simulated = await device(served, { generation, program, fault: () => fault });
        const failed = served.next('uploadFailed');
        const told = firstValueFrom(
          simulated.heard.pipe(filter((frame) => frame.kind === 'feedback' && frame.code === reason)),
        );
        const answer = await served.invoke('startScan', REQUEST);
        expect(await failed).to.include({ reason });
        await served.until('status', (status) => status === 'ONLINE');
        served.timer.pass(30_000);
        expect(await served.outcome(answer)).to.deep.include({ state: 'completed' });
        expect(await served.read('results')).to.deep.equal([]);
        await told;
        expect(await served.read('connection')).to.include({ connected: true });
      });
    }

    it('A7: delivers no result with a file that is too short: it stalls', async () => {
      await using served = await serveScanner();
      const program = simulatedScan({ steps: 2, stepTime: 2, fileSize: 1000 });
      await using _device = await device(served, { generation, program, fault: () => 'shortFile' });
      const answer = await served.invoke('startScan', REQUEST);
      await served.until('status', (status) => status === 'ONLINE');
      const onItsWay = served.until('upload', (upload) => member(upload, 'receivedBytes') === 999);
      const ticking = setInterval(() => served.timer.pass(250), 2);
      await onItsWay;
      clearInterval(ticking);
      const failed = served.next('uploadFailed');
      served.timer.pass(60_000);
      expect(await failed).to.include({ reason: 'stalled', receivedBytes: 999, sizeBytes: 1000 });
      served.timer.pass(30_000);
      expect(await served.outcome(answer)).to.include({ state: 'completed' });
      expect(await served.read('upload')).to.equal(null);
    });

    it('A7: may state a digest in upper case', async () => {
      await using served = await serveScanner();
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const answer = await served.invoke('startScan', REQUEST);
      const task = await raw.start();
      await raw.send(update('BUSY', { progress: 100 }, task), {
        command: 'file-transfer',
        task_id: task.id,
        user_access_token: task.access_token,
        filename: 'data.mrd',
        size_bytes: CONTENT.length,
        sha256: sha256(CONTENT).toUpperCase(),
      });
      await raw.send(CONTENT);
      expect(await served.outcome(answer)).to.include({ state: 'completed' });
    });

    it('A9, B2: cannot touch a task with a wrong token, nor one of another device', async () => {
      const trespasses: unknown[] = [];
      await using served = await serveScanner({ trespassed: (...trespass) => void trespasses.push(trespass) });
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      await served.invoke('startScan', REQUEST);
      const task = await raw.start();
      await raw.send(update('BUSY', { progress: 10 }, task));
      const foreign = [
        { ...task, access_token: 'wrong' },
        { ...task, id: '00000000-0000-4000-8000-000000000000' },
      ];
      for (const other of foreign) {
        const refused = served.next('protocolError');
        await raw.send(update('ERROR', { error_message: 'x' }, other));
        await refused;
      }
      expect(trespasses).to.deep.equal(foreign.map(({ id }) => [{ name: 'mri', id: `urn:uuid:${UUID}` }, id]));
      expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS', progress: 10 });
      expect(await served.read('status')).to.equal('BUSY');
      expect(JSON.stringify(served.logged)).to.include('not its own').and.to.not.include(task.access_token);
    });

    it('A9: tells the log once a minute of a device that speaks of foreign tasks all the time', async () => {
      await using served = await serveScanner();
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const other = { id: '00000000-0000-4000-8000-000000000000', access_token: 'x' };
      const flood = Array.from({ length: 10 }, () => update('BUSY', { progress: 1 }, other));
      const told = () => served.logged.filter((line) => JSON.stringify(line).includes('not its own'));
      await raw.send(...flood);
      expect(told()).to.have.length(1);
      served.timer.pass(60_000);
      await raw.send(...flood.slice(5));
      expect(told()).to.have.length(2);
    });

    it('A10: ends a scan in ERROR with the message of its program, and takes the next', async () => {
      await using served = await serveScanner();
      await using _device = await device(served, { generation, fault: (scan) => (scan === 0 ? 'raise' : undefined) });
      const failed = await served.outcome(await served.invoke('startScan', REQUEST));
      expect(failed.error).to.include({ code: 'failed', detail: 'device-error: no signal from the coil' });
      expect(await served.read('lastError')).to.include({ code: 'device-error', message: 'no signal from the coil' });
      const shown = generation === 'gen-1' ? 'ERROR' : 'ONLINE';
      await served.until('status', (status) => status === shown);
      expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
    });

    it('A10, A14, B16: fails a scan that the device does not acknowledge, and is not busy then', async () => {
      await using served = await serveScanner();
      await using simulated = await device(served, { generation, fault: () => 'mute' });
      const started = new Promise<void>((resolve) => {
        simulated.heard.subscribe((frame) => frame.kind === 'start' && resolve());
      });
      const answer = await served.invoke('startScan', REQUEST);
      await started;
      served.timer.pass(10_000);
      const { state, error } = await served.outcome(answer);
      expect({ state, code: error?.code }).to.deep.equal({ state: 'failed', code: 'timeout' });
      expect(await served.read('currentTask')).to.deep.include({ status: 'ERROR' });
      expect(await served.invoke('clearError')).to.deep.include({ output: { status: 'ONLINE' } });
      expect(await served.read('lastError')).to.equal(null);
    });

    it('B16, rule 7: has its scan pending until it acknowledges it, and running from then on', async () => {
      await using served = await serveScanner();
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const answer = await served.invoke('startScan', REQUEST);
      const task = await raw.start();
      await raw.send({ command: 'ping' });
      const states = () =>
        served.events.filter(([name]) => name === 'actionStatus').map(([, status]) => member(status, 'state'));
      expect(states()).to.deep.equal(['pending']);
      expect(await served.read('currentTask')).to.include({ status: 'STARTED', acknowledgedAt: null });
      await raw.send(generation === 'gen-1' ? update('BUSY') : update('BUSY', { progress: 0 }, task));
      expect(states()).to.deep.equal(['pending', 'running']);
      expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS' });
      await raw.send(update('BUSY', { progress: 10 }, task), update('ERROR', { error_message: 'no' }, task));
      await served.outcome(answer);
      expect(states()).to.deep.equal(['pending', 'running', 'running', 'failed']);
    });

    it('A11, B9, B11: killed in the middle of a scan, fails it after the grace and leaves nothing', async () => {
      await using served = await serveScanner();
      const program = simulatedScan({ steps: 4, stepTime: 5, fileSize: 3_000_000 });
      await using killed = await device(served, { generation, program });
      const answer = await served.invoke('startScan', REQUEST);
      await served.until('progress', (percent) => Number(percent) >= 25);
      const gone = served.next('disconnected');
      killed.kill();
      expect(await gone).to.include({ clean: false });
      expect(await served.read('status')).to.equal('OFFLINE');
      expect(await served.read('currentTask')).to.include({ endedAt: null });
      served.timer.pass(60_000);
      expect((await served.outcome(answer)).error?.code).to.equal('disconnected');
      expect(await served.read('results')).to.deep.equal([]);
      await killed.ended;
      await using _again = await device(served, { generation });
      expect(await served.outcome(await served.invoke('startScan', REQUEST))).to.include({ state: 'completed' });
    });

    it('A11: killed in the middle of a file, leaves no part of it', async () => {
      await using served = await serveScanner();
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const answer = await served.invoke('startScan', REQUEST);
      const task = await raw.start();
      await raw.send(
        update('BUSY', { progress: 100 }, task),
        { command: 'file-transfer', task_id: task.id, user_access_token: task.access_token, size_bytes: 100 },
        CONTENT,
      );
      const failed = served.next('uploadFailed');
      raw.websocket.terminate();
      expect(await failed).to.include({ reason: 'disconnected', receivedBytes: CONTENT.length });
      served.timer.pass(60_000);
      expect((await served.outcome(answer)).error?.code).to.equal('disconnected');
      expect(await served.read('results')).to.deep.equal([]);
    });

    it('A12, B8: is there after a second socket has taken the place of the first, whose end changes nothing', async () => {
      await using served = await serveScanner();
      await using first = await letIn(served);
      await first.send(...HELLO[generation]);
      await using second = await letIn(served);
      await second.send(...HELLO[generation]);
      expect(await first.closed).to.deep.equal({ code: 1008, reason: 'replaced' });
      expect(await served.read('status')).to.equal('ONLINE');
      expect(await served.read('connection')).to.include({ connected: true, registered: true });
      expect(served.events.filter(([name]) => name === 'disconnected')).to.deep.equal([]);
    });

    it('A13, B7, B26: refuses a scan that cannot begin, and keeps no lock', async () => {
      await using served = await serveScanner();
      const codeOf = async (input: object): Promise<unknown> =>
        served.invoke('startScan', input).then(
          () => 'begun',
          (error: unknown) => member(error, 'code'),
        );
      expect(await codeOf(REQUEST)).to.equal('unavailable');
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const size = generation === 'gen-1' ? 1_048_576 : 16_777_216;
      expect(await codeOf({ sequence: { name: 'x', seqFile: 'x'.repeat(size) } })).to.equal('tooLarge');
      const taskId = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
      expect(await codeOf({ ...REQUEST, taskId })).to.equal('begun');
      expect(await codeOf(REQUEST)).to.equal('conflict');
      const task = await raw.start();
      expect(await codeOf(REQUEST)).to.equal('conflict');
      await raw.send(update('ERROR', { error_message: 'no' }, task));
      expect(await codeOf({ ...REQUEST, taskId })).to.equal('conflict');
      expect(await codeOf(REQUEST)).to.equal('begun');
    });

    it('A15, B6, rule 4: has its bad frames answered, and is still there', async () => {
      await using served = await serveScanner();
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const before = raw.heard.length;
      const bad = [
        '{',
        '[]',
        Buffer.from([1]),
        { command: 'dance' },
        update('HAPPY'),
        update('BUSY', { progress: 'abc' }),
      ];
      await raw.send(...bad);
      await raw.send({ command: 'ping' });
      expect(raw.heard.slice(before, -1).map(({ message }) => typeof message)).to.deep.equal(bad.map(() => 'string'));
      expect(raw.heard.at(-1)).to.deep.equal({ command: 'pong' });
      expect(served.events.filter(([name]) => name === 'protocolError')).to.have.length(bad.length);
      expect(await served.read('connection')).to.include({ connected: true });
      await raw.send(...Array<string>(19).fill('{'), { command: 'ping' });
      expect(raw.heard.at(-1), 'one good frame among them').to.deep.equal({ command: 'pong' });
      await raw.send(...Array<string>(20).fill('{'));
      expect((await raw.closed).code).to.equal(1007);
    });

    it('A16: is OFFLINE at once when it stops', async () => {
      await using served = await serveScanner();
      const simulated = await device(served, { generation });
      const gone = served.next('disconnected');
      await simulated[Symbol.asyncDispose]();
      expect(await gone).to.include({ code: 1000, clean: true });
      expect(await served.read('status')).to.equal('OFFLINE');
      expect(await simulated.ended).to.deep.equal({ cause: 'stopped' });
    });

    it('rule 20: aborts a scan: the device is told, and the time-out decides', async () => {
      await using served = await serveScanner();
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const answer = await served.invoke('startScan', REQUEST);
      const task = await raw.start();
      await raw.send(update('BUSY', { progress: 10 }, task));
      const aborting = await served.invoke('abortScan', {});
      await raw.send({ command: 'ping' });
      expect(raw.heard).to.deep.include({ command: 'cancel', data: { task_id: task.id } });
      expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS' });
      served.timer.pass(10_000);
      expect((await served.outcome(aborting)).output).to.deep.equal({
        taskId: task.id,
        delivered: true,
        confirmed: false,
      });
      expect((await served.outcome(answer)).error?.code).to.equal('aborted');
      expect(await served.read('currentTask')).to.deep.include({ status: 'ERROR' });
      await raw.send(update('BUSY', { progress: 20 }, task));
      expect(await served.read('currentTask')).to.include({ progress: 10 });
    });

    it('takes files for an hour after the end of their task, and nothing else', async () => {
      await using served = await serveScanner();
      await using raw = await letIn(served);
      await raw.send(...HELLO[generation]);
      const answer = await served.invoke('startScan', REQUEST);
      const task = await raw.start();
      await raw.send(update('BUSY', { progress: 100 }, task), update('ONLINE'));
      served.timer.pass(30_000);
      expect(await served.outcome(answer)).to.include({ state: 'completed' });
      const header = {
        command: 'file-transfer',
        task_id: task.id,
        user_access_token: task.access_token,
        filename: 'late.mrd',
        size_bytes: CONTENT.length,
      };
      const ready = served.next('resultReady');
      await pass(served, raw, 3_000_000);
      await raw.send(header, CONTENT);
      expect(await ready).to.include({ taskId: task.id });
      await raw.send(update('ERROR', { error_message: 'x' }, task));
      expect(await served.read('currentTask')).to.include({ status: 'FINISHED', error: null });
      const failed = served.next('uploadFailed');
      await pass(served, raw, 600_000);
      await raw.send(header, CONTENT);
      expect(await failed).to.include({ reason: 'not-allowed' });
    });
  });
}

describe('The door of scanners', () => {
  it('A2, B4, B5: answers 401 before any upgrade to whoever is none, changes nothing and logs no secret', async () => {
    await using served = await serveScanner();
    const before = await served.thing.request(
      { op: 'readallproperties' },
      { principal: { id: 'x', kind: 'user', grants: [] } },
    );
    const wrong = [
      {},
      { 'Device-Id': UUID },
      { 'Device-Token': TOKEN },
      { 'Device-Id': UUID, 'Device-Token': 'a-wrong-secret' },
      { 'Device-Id': '00000000-0000-4000-8000-000000000000', 'Device-Token': TOKEN },
      { 'Device-Id': 'mri', 'Device-Token': TOKEN },
      { 'Device-Id': UUID, 'Device-Token': 'f'.repeat(5000) },
    ];
    for (const headers of wrong) expect(await connect(served, headers)).to.equal(401);
    const after = await served.thing.request(
      { op: 'readallproperties' },
      { principal: { id: 'x', kind: 'user', grants: [] } },
    );
    expect(after.values).to.deep.equal(before.values);
    expect(JSON.stringify(served.logged)).to.not.include(TOKEN).and.to.not.include('a-wrong-secret');
    expect(served.kind.refused).to.equal(wrong.length);
  });

  it('rule 2: takes tokens of any length up to 4 KiB', async () => {
    const id = `urn:uuid:${UUID}`;
    await using served = await serveScanner({ identities: { verify: (name) => ({ name, id }), revocations: NEVER } });
    const shown = (length: number) => connect(served, { 'device-id': UUID, 'device-token': 'x'.repeat(length) });
    for (const length of [0, 4097]) expect(await shown(length), `${length} characters`).to.equal(401);
    const raw = await shown(4096);
    expect(raw).to.not.be.a('number');
    if (typeof raw !== 'number') await raw[Symbol.asyncDispose]();
  });

  it('lets in a device whose UUID is in upper case', async () => {
    await using served = await serveScanner();
    const raw = await connect(served, { 'device-id': UUID.toUpperCase(), 'device-token': TOKEN });
    expect(raw).to.not.be.a('number');
  });

  it('rule 1: closes with 1013 while it cannot tell who somebody is', async () => {
    await using served = await serveScanner();
    const raw = await connect(served, { 'Device-Id': UUID, 'Device-Token': 'unable' });
    if (typeof raw === 'number') throw new Error(`refused with ${raw}`);
    expect((await raw.closed).code).to.equal(1013);
  });

  it('B21: closes the connection of a device that is removed, or whose token is revoked', async () => {
    await using served = await serveScanner();
    await using raw = await letIn(served);
    served.revocations.next({ name: 'mri', reason: 'rotated' });
    expect(await raw.closed).to.deep.equal({ code: 1008, reason: 'rotated' });
    await using again = await letIn(served);
    await served.remove();
    expect(await again.closed).to.deep.equal({ code: 1008, reason: 'removed' });
    expect(await connect(served)).to.equal(401);
  });
});
