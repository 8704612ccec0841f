import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { ScannerRecord } from '../src/scanner-record.js';
import { Scans, type ScansHost } from '../src/scans.js';

const REQUEST = { sequence: { name: 'tse', seqFile: '' } };
const PARAMETER = { larmor_frequency: 2_025_000 };
const principal = { id: 'user:me', kind: 'user', grants: [] } as const;

/** The scans of a device that takes everything; `sent` is what it was sent. */
function open(record?: Pick<ScannerRecord, 'task' | 'past'>) {
  const clock = { now: 1_000_000 };
  const sent: string[] = [];
  const notes = { count: 0 };
  let count = 0;
  const host: ScansHost = {
    name: 'mri',
    deviceID: 'd',
    now: () => clock.now,
    newUUID: () => `task-${count++}`,
    newSecret: (bytes) => 'f'.repeat(2 * bytes),
    isConnected: true,
    maxFrame: 1_048_576,
    parameter: PARAMETER,
    free: () => Promise.resolve(),
    start: (text) => sent.push(text) > 0,
    send: (text) => sent.push(text) > 0,
    keep: () => Promise.resolve(),
    note: () => void notes.count++,
    ended() {},
  };
  return { clock, sent, notes, scans: new Scans(host, record) };
}

const run = (id: string, signal = new AbortController().signal) => ({
  id,
  principal,
  signal,
  acknowledge() {},
  progress() {},
});
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof ThingError ? error.code : error),
  );

/** What is kept of a scan that runs. */
async function begun() {
  const opened = open();
  const outcome = opened.scans.scan(REQUEST, run('action-1'));
  while (opened.sent.length === 0) await Promise.resolve();
  await Promise.resolve();
  opened.scans.happens({ type: 'busy' });
  return { ...opened, outcome };
}

describe('Scans', () => {
  it('go on with the invocation of a process before this one', async () => {
    const { scans: before } = await begun();
    const { scans, sent } = open(before.record);
    const outcome = scans.scan(REQUEST, { ...run('action-1'), resumed: {} });
    scans.happens({ type: 'returned', hasForgotten: false });
    scans.happens({ type: 'progress', percent: 100 });
    scans.transferEnded(scans.active?.taskID ?? '', 'result-1');
    expect(await outcome).to.deep.include({ status: 'FINISHED', resultIds: ['result-1'] });
    expect(sent).to.deep.equal([]);
  });

  it('are acknowledged when the device has taken them, also over a restart, and also if that was before it', async () => {
    const { scans, sent } = open();
    const told: string[] = [];
    const telling = (id: string) => ({ ...run(id), acknowledge: () => void told.push(id) });
    const outcome = codeOf(scans.scan(REQUEST, telling('first')));
    while (sent.length === 0) await Promise.resolve();
    await Promise.resolve();
    expect(told).to.deep.equal([]);
    const { scans: restarted } = open(scans.record);
    const again = codeOf(restarted.scan(REQUEST, { ...telling('first'), resumed: {} }));
    expect(told).to.deep.equal([]);
    restarted.happens({ type: 'returned', hasForgotten: false });
    restarted.happens({ type: 'progress', percent: 20 });
    restarted.happens({ type: 'progress', percent: 30 });
    expect(told).to.deep.equal(['first']);
    const { scans: third } = open(restarted.record);
    void codeOf(third.scan(REQUEST, { ...telling('first'), resumed: {} }));
    expect(told).to.deep.equal(['first', 'first']);
    for (const each of [scans, restarted]) each.happens({ type: 'error', message: 'no coil' });
    expect(await Promise.all([outcome, again])).to.deep.equal(['failed', 'failed']);
  });

  it('are not sent again after a crash that lost that their handler was called', async () => {
    const { scans: before } = await begun();
    const { scans, sent } = open(before.record);
    const outcome = codeOf(scans.scan(REQUEST, run('action-1')));
    scans.happens({ type: 'error', message: 'no coil' });
    expect(await outcome).to.equal('failed');
    expect(sent).to.deep.equal([]);
  });

  it('tell an invocation whose scan ended meanwhile how, and one that never began that it did not', async () => {
    const { scans: before, outcome } = await begun();
    before.happens({ type: 'error', message: 'no coil' });
    expect(await codeOf(outcome)).to.equal('failed');
    const { scans, sent } = open(before.record);
    expect(await codeOf(scans.scan(REQUEST, { ...run('action-1'), resumed: {} }))).to.equal('failed');
    expect(await codeOf(scans.scan(REQUEST, { ...run('action-2'), resumed: {} }))).to.equal('unavailable');
    expect(sent).to.deep.equal([]);
  });

  it('go on when their Thing is closed, and end when they are cancelled', async () => {
    for (const [code, isCancelled] of [
      ['unavailable', false],
      ['aborted', true],
    ] as const) {
      const { scans, sent } = open();
      const stop = new AbortController();
      const outcome = scans.scan(REQUEST, run('action-1', stop.signal));
      while (sent.length === 0) await Promise.resolve();
      await Promise.resolve();
      stop.abort(new ThingError(code, 'x'));
      expect(await codeOf(outcome)).to.equal(code);
      expect(sent.some((text) => text.includes('"cancel"'))).to.equal(isCancelled);
      expect(scans.active?.state.abortedAt !== undefined).to.equal(isCancelled);
    }
  });

  it('keep that they are to end: a process after this one waits no longer for them', async () => {
    const { scans: before, notes } = await begun();
    const noted = notes.count;
    void before.abort();
    expect(notes.count).to.equal(noted + 1);
    const { scans, clock } = open(before.record);
    const outcome = scans.scan(REQUEST, { ...run('action-1'), resumed: {} });
    clock.now += 10_000;
    scans.sweep(clock.now);
    expect(await codeOf(outcome)).to.equal('aborted');
  });

  it('reserve the device for a request that was accepted, and not for ever', async () => {
    const { scans, clock } = open();
    scans.accept(REQUEST, { principal });
    expect(() => scans.accept({ ...REQUEST }, { principal }))
      .to.throw(ThingError)
      .with.property('code', 'conflict');
    clock.now += 10_000;
    scans.accept({ ...REQUEST }, { principal });
  });

  it('wait for a file that is being stored, whatever becomes of the one behind it', async () => {
    const { scans, clock, outcome } = await begun();
    const taskID = scans.active?.taskID ?? '';
    scans.happens({ type: 'idle' });
    scans.transferBegan(taskID);
    scans.transferBegan(taskID);
    scans.transferEnded(taskID, undefined);
    clock.now += 50_000;
    scans.sweep(clock.now);
    expect(scans.active?.state.phase).to.equal('uploading');
    scans.transferEnded(taskID, 'first');
    expect((await outcome).resultIds).to.deep.equal(['first']);
  });

  it('remember the names of a hundred, and for an hour what their files belong to; to none without the capability', async () => {
    const { scans, clock, sent } = open();
    for (let i = 0; i <= 100; i++) {
      clock.now += 60_000;
      const outcome = scans.scan(REQUEST, run(`action-${i}`)).catch(() => 'failed');
      while (sent.length === i) await Promise.resolve();
      await Promise.resolve();
      scans.happens({ type: 'error', message: 'no coil' });
      expect(await outcome).to.equal('failed');
    }
    const { past } = scans.record;
    expect([past.length, past[0]?.taskID, past.at(-1)?.taskID]).to.deep.equal([100, 'task-100', 'task-1']);
    expect(past.filter(({ parameter }) => 'larmor_frequency' in parameter)).to.have.length(60);
    const capability = 'f'.repeat(64);
    expect(scans.parameterFor('task-99', capability)).to.deep.equal(PARAMETER);
    expect(scans.parameterFor('task-99', 'e'.repeat(64))).to.equal(undefined);
    expect(scans.parameterFor('task-1', capability)).to.equal(undefined);
  });
});
