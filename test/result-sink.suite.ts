import { createHash, randomBytes } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import type { NewResult, ResultSink } from '@thingwright/scanner';
import { expect } from 'chai';

/** A sink for two scanners, with so many bytes for all of them. */
export interface OpenedSink extends AsyncDisposable {
  readonly sink: ResultSink;
  /** The ids of the scanners. */
  readonly owners: readonly [string, string];
}

const TASK = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
const OTHER_TASK = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d34';

/** What every ResultSink promises. */
export function resultSinkSuite(open: (options: { readonly quota: number }) => Promise<OpenedSink>): void {
  const measured = (owner: string, content: Uint8Array, more: Partial<NewResult> = {}): NewResult => ({
    owner,
    taskID: TASK,
    type: 'MRD',
    name: 'data.mrd',
    originalName: '../data.mrd',
    mediaType: 'application/x-ismrmrd+hdf5',
    size: content.length,
    sha256: undefined,
    parameter: { larmor_frequency: 2_025_000 },
    ...more,
  });

  it('gives back what it took', async () => {
    await using opened = await open({ quota: 1_000_000 });
    const { sink } = opened;
    const [owner] = opened.owners;
    const content = randomBytes(100_000);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const result = await sink.write(pieces(content), measured(owner, content, { sha256 }));
    expect(result).to.deep.include({ taskId: TASK, type: 'MRD', parameter: { larmor_frequency: 2_025_000 } });
    expect(result.createdAt).to.match(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
    const [file] = result.files;
    expect(result.files).to.have.length(1);
    expect(file).to.include({ name: 'data.mrd', originalName: '../data.mrd', size: 100_000, sha256 });
    expect(file?.contentType).to.equal('application/x-ismrmrd+hdf5');
    expect(file?.href.endsWith(`${result.resultId}/data.mrd`)).to.equal(true);
    expect(await sink.list(owner, { limit: 20 })).to.deep.equal([result]);
    const plain = await sink.write(pieces(content), measured(owner, content, { parameter: null }));
    expect(plain.parameter).to.equal(null);
  });

  it('lists those of an owner, newest first, of a task, older than one', async () => {
    await using opened = await open({ quota: 1_000_000 });
    const { sink } = opened;
    const [owner, other] = opened.owners;
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const taskID = i % 2 === 0 ? TASK : OTHER_TASK;
      ids.unshift((await sink.write(pieces(Buffer.of(i)), measured(owner, Buffer.of(i), { taskID }))).resultId);
    }
    const foreign = await sink.write(pieces(Buffer.of(1)), measured(other, Buffer.of(1)));
    const list = async (query: Parameters<ResultSink['list']>[1]) =>
      (await sink.list(owner, query)).map(({ resultId }) => resultId);
    expect(await list({ limit: 20 })).to.deep.equal(ids);
    expect(await list({ limit: 2 })).to.deep.equal(ids.slice(0, 2));
    expect(await list({ limit: 2, before: ids[1] })).to.deep.equal(ids.slice(2, 4));
    expect(await list({ limit: 20, taskID: OTHER_TASK })).to.deep.equal([ids[1], ids[3]]);
    expect(await list({ limit: 20, taskID: TASK, before: ids[1] })).to.deep.equal([ids[2], ids[4]]);
    for (const before of [foreign.resultId, 'nothing']) {
      expect(await codeOf(sink.list(owner, { limit: 20, before }))).to.equal('notFound');
    }
  });

  it('keeps nothing of a content that is not what was said, or breaks off', async () => {
    await using opened = await open({ quota: 1_000_000 });
    const { sink } = opened;
    const [owner] = opened.owners;
    const content = randomBytes(1000);
    const wrong = { sha256: 'a'.repeat(64) };
    expect(await codeOf(sink.write(pieces(content), measured(owner, content, wrong)))).to.equal('invalid');
    expect(await codeOf(sink.write(pieces(content), measured(owner, content, { size: 1001 })))).to.equal('invalid');
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield content.subarray(0, 10);
      throw new ThingError('aborted', 'the device is gone');
    };
    expect(await codeOf(sink.write(broken(), measured(owner, content)))).to.equal('aborted');
    expect(await sink.list(owner, { limit: 20 })).to.deep.equal([]);
  });

  it('refuses what is more than the quota has left before the first byte, and gives room back', async () => {
    await using opened = await open({ quota: 1000 });
    const { sink } = opened;
    const [owner] = opened.owners;
    const first = randomBytes(600);
    const { resultId } = await sink.write(pieces(first), measured(owner, first));
    let asked = false;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      asked = true;
      yield randomBytes(401);
    };
    expect(await codeOf(sink.write(content(), measured(owner, randomBytes(401))))).to.equal('tooLarge');
    expect(asked).to.equal(false);
    expect(await sink.remove(owner, resultId)).to.equal(true);
    await sink.write(pieces(first), measured(owner, first));
  });

  it('removes one of its owner, once', async () => {
    await using opened = await open({ quota: 1000 });
    const { sink } = opened;
    const [owner, other] = opened.owners;
    const { resultId } = await sink.write(pieces(Buffer.of(1)), measured(owner, Buffer.of(1)));
    expect(await sink.remove(other, resultId)).to.equal(false);
    expect(await sink.remove(owner, resultId)).to.equal(true);
    expect(await sink.remove(owner, resultId)).to.equal(false);
    expect(await sink.list(owner, { limit: 20 })).to.deep.equal([]);
  });
}

async function* pieces(bytes: Uint8Array, length = 4096): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
}
