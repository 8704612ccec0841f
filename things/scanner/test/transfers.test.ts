import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent, ThingError } from '@thingwright/core';
import { openStore } from '@thingwright/store';
import { expect } from 'chai';
import { firstValueFrom, Subject } from 'rxjs';
import type { Result, ResultSink } from '../src/result-sink.js';
import { resultsInProcess } from '../src/results-in-process.js';
import { type FailedUpload, Transfers } from '../src/transfers.js';

const OWNER = 'urn:uuid:0b9f8f1c-9f0c-4a55-9f0d-0a3a6f5f2c10';
const TASK = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const CONTENT = Buffer.from('what was measured');
const HEADER = {
  taskID: TASK,
  capability: 'key',
  fileName: 'data.mrd',
  size: CONTENT.length,
  sha256: digestOf(CONTENT),
  parameter: undefined,
};

/** Transfers of one connection, and what they tell. */
function open(sink: ResultSink = resultsInProcess(), maxFileSize = 1_000_000_000) {
  const outcomes = new Subject<Result | FailedUpload>();
  const told: (Result | FailedUpload)[] = [];
  outcomes.subscribe((outcome) => told.push(outcome));
  const clock = { now: 1_000_000 };
  const flow = { holds: 0, most: 0 };
  const transfers = new Transfers({
    owner: OWNER,
    sink,
    log: silent,
    now: () => clock.now,
    maxFileSize,
    flow: {
      hold() {
        flow.most = Math.max(flow.most, ++flow.holds);
      },
      release() {
        flow.holds--;
      },
    },
    began() {},
    ended({ taskID, originalName, size }, received, end) {
      outcomes.next(
        'result' in end ? end.result : { taskID, fileName: originalName, size, received, reason: end.reason },
      );
    },
    refused: (failure) => outcomes.next(failure),
  });
  return { transfers, told, clock, flow, sink, next: () => firstValueFrom(outcomes) };
}

const results = (sink: ResultSink) => sink.list(OWNER, { limit: 20 });

describe('Transfers', () => {
  it('store a file that comes in any parts, as what it is', async () => {
    const { transfers, sink, next } = open();
    transfers.begin({ ...HEADER, sha256: digestOf(CONTENT) }, { larmor_frequency: 5 });
    const outcome = next();
    expect(transfers.current).to.deep.include({ received: 0 });
    for (const byte of CONTENT) expect(transfers.take(Buffer.from([byte]))).to.equal(true);
    expect(await outcome).to.deep.include({ taskId: TASK, type: 'MRD', parameter: { larmor_frequency: 5 } });
    const [result] = await results(sink);
    expect(result?.files[0]).to.include({ name: 'data.mrd', size: CONTENT.length, sha256: digestOf(CONTENT) });
    expect(transfers.current).to.equal(undefined);
  });

  it('take a file without a digest', async () => {
    const { transfers, next } = open();
    transfers.begin({ ...HEADER, sha256: undefined }, null);
    const outcome = next();
    transfers.take(CONTENT);
    expect(await outcome).to.include({ type: 'MRD' });
  });

  it('A7: refuse a file of another digest, and leave nothing of it', async () => {
    const { transfers, sink, next } = open();
    transfers.begin({ ...HEADER, sha256: 'a'.repeat(64) }, null);
    const outcome = next();
    transfers.take(CONTENT);
    expect(await outcome).to.deep.equal({
      taskID: TASK,
      fileName: 'data.mrd',
      reason: 'checksum',
      received: CONTENT.length,
      size: CONTENT.length,
    });
    expect(await results(sink)).to.deep.equal([]);
  });

  it('A7, B10: stop at the first byte beyond the size, and drop what follows', async () => {
    const { transfers, sink, next } = open();
    transfers.begin({ ...HEADER, size: 10 }, null);
    const outcome = next();
    transfers.take(CONTENT.subarray(0, 8));
    expect(transfers.take(CONTENT.subarray(8))).to.equal(true);
    expect(await outcome).to.include({ reason: 'overrun', received: 8 });
    expect(transfers.take(CONTENT)).to.equal(true);
    expect(await results(sink)).to.deep.equal([]);
  });

  it('A7: count an empty file as failed', async () => {
    const { transfers, told } = open();
    transfers.begin({ ...HEADER, size: 0 }, null);
    expect(told).to.deep.equal([{ taskID: TASK, fileName: 'data.mrd', reason: 'not-allowed', received: 0, size: 0 }]);
    expect(transfers.take(CONTENT)).to.equal(false);
  });

  it('A8: refuse names that are none, before the first byte, and drop the bytes', async () => {
    const { transfers, told } = open();
    for (const fileName of ['', '..', 'device_parameter.json']) {
      transfers.begin({ ...HEADER, fileName }, null);
      expect(transfers.take(CONTENT)).to.equal(true);
      expect(transfers.take(CONTENT)).to.equal(false);
    }
    expect(told.map((outcome) => 'reason' in outcome && outcome.reason)).to.deep.equal(Array(3).fill('bad-name'));
  });

  it('A8: store a file with a path for a name under its last segment, and keep the name as it was', async () => {
    const { transfers, sink, next } = open();
    transfers.begin({ ...HEADER, fileName: '../../etc/x.dcm' }, null);
    const outcome = next();
    transfers.take(CONTENT);
    await outcome;
    const [result] = await results(sink);
    expect(result?.files[0]).to.include({
      name: 'x.dcm',
      originalName: '../../etc/x.dcm',
      contentType: 'application/dicom',
    });
  });

  it('B10: refuse what is too large, or more than the quota has left, before the first byte', async () => {
    const { transfers, told } = open(resultsInProcess(), 10);
    transfers.begin(HEADER, null);
    expect(told).to.have.nested.property('[0].reason', 'quota');
    const small = open(resultsInProcess({ quota: 20 }));
    const outcome = small.next();
    small.transfers.begin({ ...HEADER, size: 21 }, null);
    expect(await outcome).to.include({ reason: 'quota', received: 0 });
    expect(small.transfers.take(CONTENT)).to.equal(true);
    const second = small.next();
    small.transfers.begin(HEADER, null);
    small.transfers.take(CONTENT);
    expect(await second).to.include({ type: 'MRD' });
  });

  it('B9: give up a file that stalls, and take the next', async () => {
    const { transfers, sink, clock, next } = open();
    const outcome = next();
    transfers.begin(HEADER, null);
    transfers.take(CONTENT.subarray(0, 5));
    clock.now += 59_999;
    transfers.sweep(clock.now);
    expect(transfers.current).to.include({ received: 5 });
    clock.now += 60_000;
    transfers.sweep(clock.now);
    transfers.sweep(clock.now);
    expect(await outcome).to.include({ reason: 'stalled', received: 5 });
    const second = next();
    transfers.begin(HEADER, null);
    transfers.take(CONTENT);
    expect(await second).to.include({ type: 'MRD' });
    expect(await results(sink)).to.have.length(1);
  });

  it('B9: give up a file for the next one, for its task and for a connection that is gone', async () => {
    const { transfers, sink, told } = open();
    transfers.begin(HEADER, null);
    transfers.take(CONTENT.subarray(0, 5));
    transfers.begin(HEADER, null);
    transfers.abort('of another task');
    expect(transfers.current).to.include({ received: 0 });
    transfers.abort(TASK);
    expect(transfers.current).to.equal(undefined);
    expect(transfers.take(CONTENT)).to.equal(true);
    transfers.begin(HEADER, null);
    transfers.disconnected();
    expect(told.map((outcome) => 'reason' in outcome && outcome.reason)).to.deep.equal([
      'aborted',
      'aborted',
      'disconnected',
    ]);
    await new Promise(setImmediate);
    expect(await results(sink)).to.deep.equal([]);
  });

  it('drop all that follows a header without a size, and nothing without a header', () => {
    const { transfers, told } = open();
    expect(transfers.take(CONTENT)).to.equal(false);
    transfers.refuse({ taskID: TASK, fileName: 'x' }, 'not-allowed');
    for (let i = 0; i < 100; i++) expect(transfers.take(CONTENT)).to.equal(true);
    expect(told).to.have.length(1);
  });

  it('drop nothing any more once a file has come whole after one that was refused', () => {
    const { transfers } = open();
    transfers.refuse({ taskID: TASK, fileName: 'x' }, 'not-allowed');
    transfers.begin(HEADER, null);
    expect(transfers.take(CONTENT)).to.equal(true);
    expect(transfers.take(CONTENT)).to.equal(false);
  });

  it('A6: make the device wait while the storage is behind, and lose nothing', async () => {
    const chunk = Buffer.alloc(1_048_576, 7);
    let letThrough = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    const store = resultsInProcess();
    const slow: ResultSink = {
      ...store,
      write: (content, file) =>
        store.write(
          (async function* () {
            await gate;
            yield* content;
          })(),
          file,
        ),
    };
    const { transfers, flow, next } = open(slow);
    const size = 8 * chunk.length;
    transfers.begin({ ...HEADER, size, sha256: digestOf(Buffer.alloc(size, 7)) }, null);
    const outcome = next();
    transfers.take(chunk);
    expect(flow.holds).to.equal(0);
    transfers.take(chunk);
    expect(flow.holds).to.equal(1);
    letThrough();
    for (let i = 2; i < 8; i++) {
      while (flow.holds > 0) await new Promise(setImmediate);
      transfers.take(chunk);
    }
    expect(await outcome).to.include({ type: 'MRD' });
    expect(flow).to.deep.equal({ holds: 0, most: 1 });
  });

  it('take a storage that moves, however slowly, for none that stalls', async () => {
    let goOn = (): void => {};
    const store = resultsInProcess();
    async function* slowly(content: AsyncIterable<Uint8Array>) {
      for await (const part of content) {
        yield part;
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
    }
    const { transfers, clock, told } = open({ ...store, write: (content, file) => store.write(slowly(content), file) });
    transfers.begin(HEADER, null);
    for (const byte of CONTENT) transfers.take(Buffer.from([byte]));
    for (let i = 0; i < 3; i++) {
      goOn();
      await new Promise(setImmediate);
      transfers.sweep(clock.now);
      clock.now += 59_999;
      transfers.sweep(clock.now);
      expect(told).to.deep.equal([]);
    }
    transfers.sweep(clock.now + 1);
    expect(told).to.have.nested.property('[0].reason', 'stalled');
  });

  it('let the device go on when a file is given up for which it had to wait', () => {
    const stuck: ResultSink = { ...resultsInProcess(), write: () => new Promise(() => {}) };
    const { transfers, flow } = open(stuck);
    transfers.begin({ ...HEADER, size: 4_194_304 }, null);
    transfers.take(Buffer.alloc(3_145_728));
    expect(flow.holds).to.equal(1);
    transfers.abort();
    expect(flow.holds).to.equal(0);
  });

  it('make the device wait when many files are being stored', async () => {
    const stuck: ResultSink = { ...resultsInProcess(), write: () => new Promise(() => {}) };
    const { transfers, flow, clock, told } = open(stuck);
    for (let i = 0; i < 5; i++) {
      transfers.begin(HEADER, null);
      transfers.take(CONTENT);
    }
    expect(flow.holds).to.equal(1);
    clock.now += 60_000;
    transfers.sweep(clock.now);
    expect(flow.holds).to.equal(0);
    expect(told.map((outcome) => 'reason' in outcome && outcome.reason)).to.deep.equal(Array(5).fill('stalled'));
  });

  it('make the device wait when files are given up faster than the storage lets go of them', async () => {
    let underWay = 0;
    let letThrough = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    const slow: ResultSink = {
      ...resultsInProcess(),
      async write() {
        underWay++;
        await gate;
        underWay--;
        throw new ThingError('aborted', 'given up');
      },
    };
    const { transfers, flow, told } = open(slow);
    for (let i = 0; flow.holds === 0 && i < 100; i++) transfers.begin(HEADER, null);
    await new Promise(setImmediate);
    expect(flow.holds).to.equal(1);
    expect(underWay).to.equal(5);
    expect(told).to.have.length(4);
    transfers.abort();
    letThrough();
    await new Promise(setImmediate);
    expect(flow).to.deep.equal({ holds: 0, most: 1 });
  });

  it('make the device wait no longer for a storage that has not let go for a minute', () => {
    const stuck: ResultSink = { ...resultsInProcess(), write: () => new Promise(() => {}) };
    const { transfers, flow, clock } = open(stuck);
    for (let i = 0; i < 5; i++) transfers.begin(HEADER, null);
    transfers.abort();
    expect(flow.holds).to.equal(1);
    clock.now += 60_000;
    transfers.sweep(clock.now);
    expect(flow.holds).to.equal(0);
  });

  it('B9: do not count an empty frame as a sign that a file goes on', async () => {
    const { transfers, clock, next } = open();
    const outcome = next();
    transfers.begin(HEADER, null);
    clock.now += 59_999;
    expect(transfers.take(Buffer.alloc(0))).to.equal(true);
    clock.now += 1;
    transfers.sweep(clock.now);
    expect(await outcome).to.include({ reason: 'stalled', received: 0 });
  });

  it('make the device wait for few bytes, too, if they come in many frames', () => {
    const stuck: ResultSink = { ...resultsInProcess(), write: () => new Promise(() => {}) };
    const { transfers, flow } = open(stuck);
    transfers.begin({ ...HEADER, size: 1_000_000 }, null);
    let frames = 0;
    for (; flow.holds === 0 && frames < 100_000; frames++) transfers.take(Buffer.alloc(1));
    expect(frames).to.be.at.most(2048);
  });

  it('remove what a storage keeps after the file was given up', async () => {
    let letThrough = (): void => {};
    const store = resultsInProcess();
    const late: ResultSink = {
      ...store,
      async write(content, file) {
        const result = await store.write(content, file);
        await new Promise<void>((resolve) => {
          letThrough = resolve;
        });
        return result;
      },
    };
    const { transfers, clock, told } = open(late);
    transfers.begin(HEADER, null);
    transfers.take(CONTENT);
    await new Promise(setImmediate);
    clock.now += 60_000;
    transfers.sweep(clock.now);
    transfers.sweep(clock.now + 60_000);
    expect(told).to.have.nested.property('[0].reason', 'stalled');
    letThrough();
    await new Promise(setImmediate);
    expect(await results(store)).to.deep.equal([]);
  });

  it('tell of a storage that fails', async () => {
    const full: ResultSink = {
      ...resultsInProcess(),
      write: () => Promise.reject(new ThingError('unavailable', 'the disk is full')),
    };
    const { transfers, next } = open(full);
    const outcome = next();
    transfers.begin(HEADER, null);
    expect(await outcome).to.include({ reason: 'aborted' });
  });
});

describe('Transfers into the files of a store', () => {
  it('leave whole files and nothing else', async () => {
    const data = await mkdtemp(join(tmpdir(), 'scanner-'));
    try {
      await using store = await openStore({ data });
      const none = resultsInProcess();
      const sink: ResultSink = {
        ...none,
        async write(content, { owner, name, originalName, mediaType, size, sha256, taskID, type, parameter }) {
          const expected = { size, sha256 };
          const file = await store.files.write(content, { name, mediaType, owner, expected });
          const { id: resultId, created: createdAt } = file;
          const kept = { name, originalName, size, sha256: file.sha256, contentType: mediaType, href: file.id };
          return { resultId, taskId: taskID, type, createdAt, parameter, files: [kept] };
        },
      };
      const { transfers, next } = open(sink);
      const reasons: unknown[] = [];
      const attempt = async (header: typeof HEADER, ...chunks: readonly Buffer[]): Promise<void> => {
        const outcome = next();
        transfers.begin(header, null);
        for (const chunk of chunks) transfers.take(chunk);
        if (transfers.current) transfers.disconnected();
        const end = await outcome;
        reasons.push('reason' in end ? end.reason : end.files[0]?.sha256);
      };
      await attempt(HEADER, CONTENT);
      await attempt({ ...HEADER, sha256: 'b'.repeat(64) }, CONTENT);
      await attempt({ ...HEADER, size: 3 }, CONTENT);
      await attempt(HEADER, CONTENT.subarray(0, 4));
      expect(reasons).to.deep.equal([digestOf(CONTENT), 'checksum', 'overrun', 'disconnected']);
      expect((await store.files.list(OWNER)).items).to.have.length(1);
      let incoming = ['not looked for'];
      while (incoming.length > 0) incoming = await readdir(join(data, 'files', 'incoming'));
      expect(incoming).to.deep.equal([]);
    } finally {
      await rm(data, { recursive: true });
    }
  });
});
