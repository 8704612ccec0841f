import { ThingError } from '@thingwright/core';
import { simulatedScan } from '@thingwright/scanner/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { device, HELLO, letIn, member, type RawDevice, type Served, UUID, update } from '../served-scanner.js';
import { serveManager } from './served-manager.js';

const START = 'POST /start_scan_via_websocket';
const SEQUENCE_ID = '507f1f77bcf86cd799439011';
const SEQUENCE = {
  _id: SEQUENCE_ID,
  name: 'tse',
  description: '',
  sequence_type: 'TSE',
  tags: ['fast'],
  created_at: '2026-02-01T09:00:00Z',
  updated_at: null,
  seq_file: '[VERSION]\nmajor 1',
  seq_file_extension: '.seq',
  xml_file: null,
  xml_file_extension: null,
};
const axes = (x: number) => ({ x, y: x, z: x });

/** A body as the callers that exist send it. */
const TASK = {
  workflow_id: '5f0c1a0e-0a51-4b7b-8d0e-3f1d4f6d0c11',
  name: 'knee',
  description: 'left',
  task_type: 'ACQUISITION',
  destination: 'pacs',
  status: 'STARTED',
  progress: 0,
  is_template: false,
  device_id: UUID,
  sequence_id: SEQUENCE_ID,
  acquisition_parameter: { fov_scaling: axes(2), fov_offset: axes(3), fov_rotation: axes(4) },
  id: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33',
  creator: 'operator-1',
  datetime_created: '2026-03-01T10:00:00',
  datetime_updated: null,
  results: [],
  acquisition_limits: { patient_height: 178, patient_weight: 75, patient_gender: 'FEMALE', patient_age: 41 },
};
const findSequence = async (id: string): Promise<unknown> => (id === SEQUENCE_ID ? SEQUENCE : undefined);

/** Waits until the start of a scan has arrived, and acknowledges it. */
async function acknowledge(raw: RawDevice): Promise<{ readonly id: string; readonly access_token: string }> {
  const task = await raw.start();
  await raw.send(update('BUSY', { progress: 0 }, task));
  return task;
}

const events = ({ events: all }: Served, name: string) => all.filter(([each]) => each === name);

describe('The call that starts a scan', () => {
  it('B19: is answered with null when the device has acknowledged it, which got all that was asked', async () => {
    await using served = await serveManager({ findSequence });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2'], { command: 'ping' });
    await served.call(`PUT /parameter/${UUID}`, { body: { larmor_frequency: 2_025_000 } });
    const answer = served.call(START, { as: 'operator', body: { ...TASK, calibration: ['shims'], position: 3 } });
    await acknowledge(raw);
    expect(await answer).to.deep.include({ status: 200, body: null });
    const data = raw.heard.find(({ command }) => command === 'start')?.data;
    const { status: _status, creator: _creator, datetime_created: _created, ...asked } = TASK;
    const { created_at: _at, ...sequence } = SEQUENCE;
    expect(data).to.deep.include({
      ...asked,
      calibration: ['shims'],
      creator: 'user:operator',
      device_parameter: { larmor_frequency: 2_025_000 },
    });
    expect(member(data, 'sequence')).to.deep.include(sequence);
    expect(member(data, 'access_token')).to.not.equal('operator');
    expect(await served.read('currentTask')).to.include({ taskId: TASK.id, status: 'INPROGRESS' });
  });

  it('takes a sequence that comes with it, and is not told one that is missing', async () => {
    await using served = await serveManager();
    await using simulated = await device(served, { program: simulatedScan({ steps: 1, stepTime: 1, fileSize: 10 }) });
    const started = firstValueFrom(simulated.heard.pipe(filter((frame) => frame.kind === 'start')));
    const { sequence_id: _none, ...task } = TASK;
    const { status } = await served.call(START, { body: { ...task, sequence: SEQUENCE, acquisition_limits: null } });
    expect(status).to.equal(200);
    expect(await started).to.have.property('kind', 'start');
  });

  it('is refused with the status and the words that callers know', async () => {
    await using served = await serveManager({ findSequence });
    const unknown = '00000000-0000-4000-8000-000000000000';
    const cases: readonly [change: object, status: number, detail: string | RegExp, as?: string][] = [
      [{ sequence_id: null }, 404, 'Missing sequence ID'],
      [{ device_id: null }, 404, 'Missing device ID'],
      [{ sequence_id: 'f'.repeat(24) }, 404, 'Sequence not found'],
      [{ device_id: unknown }, 404, 'Device not found'],
      [{}, 404, 'Device not found', 'nobody'],
      [{}, 503, 'Device offline.'],
      [{}, 403, /may not/, 'viewer'],
      [{ id: 7 }, 422, /\/id must be string/],
      [{ id: 'x' }, 422, /\/id must match format/],
      [{ task_type: 'DAG' }, 422, /\/task_type/],
      [{ sequence_id: '../../x' }, 422, /\/sequence_id/],
      [{ acquisition_parameter: { fov_scaling: 1 } }, 422, /\/acquisition_parameter/],
      [{ acquisition_limits: { patient_height: 'tall' } }, 422, /\/acquisition_limits/],
      [{ calibration: Array<number>(100_000).fill(7) }, 422, /\/calibration/],
    ];
    for (const [change, code, detail, as = 'operator'] of cases) {
      const { status, body } = await served.call(START, { as, body: { ...TASK, ...change } });
      expect([Object.keys(change), status]).to.deep.equal([Object.keys(change), code]);
      if (typeof detail === 'string') expect(body).to.deep.equal({ detail });
      else expect(member(body, 'detail')).to.match(detail);
      expect(JSON.stringify(body).length).to.be.below(3000);
    }
    expect((await served.call(START, { as: '', body: TASK })).status).to.equal(401);
    expect((await served.call(START, { body: 'x'.repeat(1_100_000) })).status).to.equal(413);
    expect(events(served, 'actionStatus')).to.deep.equal([]);
  });

  it('B7, B26: is refused with 413 for a device that would break off, with 409 while it is busy, and not for longer', async () => {
    await using served = await serveManager({ findSequence, listen: { maxBody: 2_000_000 } });
    const offline = await served.call(START, { body: TASK });
    expect(offline.body).to.deep.equal({ detail: 'Device offline.' });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-1']);
    const large = { ...TASK, sequence: { ...SEQUENCE, seq_file: 'x'.repeat(1_048_576) } };
    expect((await served.call(START, { body: large })).status).to.equal(413);
    const first = served.call(START, { body: TASK });
    const task = await acknowledge(raw);
    expect((await first).status).to.equal(200);
    const other = { ...TASK, id: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d34' };
    expect(await served.call(START, { body: other })).to.deep.include({
      status: 409,
      body: { detail: 'Device is busy' },
    });
    await raw.send(update('ERROR', { error_message: 'no' }, task));
    const again = await served.call(START, { body: TASK });
    expect([again.status, member(again.body, 'detail')]).to.deep.equal([
      409,
      `'mri' knows the task ${TASK.id} already`,
    ]);
    const next = served.call(START, { body: other });
    while ((await raw.start()).id !== other.id) await raw.send({ command: 'ping' });
    await acknowledge(raw);
    expect((await next).status).to.equal(200);
  });

  it('B16: is answered with 504 for a device that does not acknowledge it, and with 502 for one that cannot', async () => {
    await using served = await serveManager({ findSequence });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-1']);
    const silent = served.call(START, { body: TASK });
    await raw.start();
    served.timer.pass(10_000);
    expect(await silent).to.deep.include({
      status: 504,
      body: { detail: 'no-ack: The device did not acknowledge the scan' },
    });
    const broken = served.call(START, { body: { ...TASK, id: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d34' } });
    while (raw.heard.filter(({ command }) => command === 'start').length < 2) await raw.send({ command: 'ping' });
    await raw.send(update('ERROR', { error_message: 'Scan callback not defined.' }));
    expect(await broken).to.deep.include({ status: 502, body: { detail: 'device-error: Scan callback not defined.' } });
  });

  it('is answered with 404 when the device is deleted before it has acknowledged it', async () => {
    await using served = await serveManager({ findSequence });
    await using gone = await letIn(served);
    await gone.send(...HELLO['gen-1']);
    const answer = served.call(START, { body: TASK });
    await gone.start();
    expect((await served.call(`DELETE /${UUID}`)).status).to.equal(204);
    expect(await answer).to.deep.include({ status: 404, body: { detail: 'Device not found' } });
  });

  it('leaves a scan alone whose caller does not wait for it', async () => {
    await using served = await serveManager({ findSequence });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const caller = new AbortController();
    const answer = served.call(START, { body: TASK, signal: caller.signal }).catch((error: Error) => error.name);
    const task = await raw.start();
    caller.abort();
    expect(await answer).to.equal('AbortError');
    await raw.send(update('BUSY', { progress: 10 }, task));
    expect(await served.read('currentTask')).to.include({ status: 'INPROGRESS', progress: 10 });
  });

  it('is answered when the server closes', async () => {
    const served = await serveManager({ findSequence });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const answer = served.call(START, { body: TASK });
    await raw.start();
    await Promise.all([served[Symbol.asyncDispose](), answer]);
    expect((await answer).status).to.equal(503);
  });

  it('asks for no sequence on behalf of those who may not start a scan', async () => {
    const asked: unknown[] = [];
    await using served = await serveManager({
      findSequence: async (_id, authorization) => {
        asked.push(authorization);
        return SEQUENCE;
      },
    });
    const codes: number[] = [];
    for (const as of ['nobody', 'viewer', 'operator'])
      codes.push((await served.call(START, { as, body: TASK })).status);
    expect(codes).to.deep.equal([404, 403, 503]);
    expect(asked).to.deep.equal(['Bearer operator']);
  });

  it('reports a store of sequences that fails, or that has something else', async () => {
    const found: unknown[] = [{ name: 'tse', seq_file: { not: 'text' } }, null];
    await using served = await serveManager({
      findSequence: async () => {
        if (found.length === 0) throw new ThingError('timeout', 'The store of sequences did not answer');
        return found.shift();
      },
    });
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push((await served.call(START, { body: TASK })).status);
    expect(codes).to.deep.equal([502, 404, 504]);
  });

  it('B27: carries a sequence of any text, and takes no bytes that are none', async () => {
    await using served = await serveManager({ findSequence });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const text = 'µT/m \u0000 \ud83d\ude00 \ud800 end';
    const bytes = Buffer.from(JSON.stringify({ ...TASK, sequence: { ...SEQUENCE, seq_file: 'µ' } }), 'latin1');
    const refused = await served.call(START, { body: bytes });
    expect([refused.status, refused.body]).to.deep.equal([422, { detail: 'The body is not UTF-8' }]);
    const answer = served.call(START, { body: { ...TASK, sequence: { ...SEQUENCE, seq_file: text } } });
    await acknowledge(raw);
    expect((await answer).status).to.equal(200);
    const data = raw.heard.find(({ command }) => command === 'start')?.data;
    expect(member(member(data, 'sequence'), 'seq_file')).to.equal(text);
  });

  it('lets one of a flood begin', async () => {
    await using served = await serveManager({ findSequence });
    await using raw = await letIn(served);
    await raw.send(...HELLO['gen-2']);
    const flood = Array.from({ length: 100 }, (_, i) =>
      served.call(START, { body: { ...TASK, id: `8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1${String(100 + i)}` } }),
    );
    await acknowledge(raw);
    const codes = (await Promise.all(flood)).map(({ status }) => status);
    expect(codes.filter((code) => code === 200)).to.have.length(1);
    expect(codes.filter((code) => code === 409)).to.have.length(99);
    expect(raw.heard.filter(({ command }) => command === 'start')).to.have.length(1);
  });
});
