import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import type { NewResult, ResultRecord, Store } from '../src/index.js';
import { pieces } from './files.suite.js';
import type { Premises } from './fixture/premises.js';
import { refusal } from './refusal.js';

const OWNER = 'urn:uuid:1';
const TASK = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
const MEASURED: NewResult = {
  owner: OWNER,
  taskID: TASK,
  type: 'MRD',
  parameter: { larmor_frequency: 2_025_000, odd: 'a\0b' },
  originalName: '../data\0.mrd',
  file: { name: 'data.mrd', mediaType: 'application/x-ismrmrd+hdf5' },
};

/** What every store promises of results. */
export function resultsSuite(prepare: () => Promise<Premises>): void {
  it('gives back what it took, with its file', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now: () => 1_700_000_000_000 });
    const { results, files } = await withDevice(opened);
    const bytes = randomBytes(300_000);
    const result = await results.write(pieces(bytes), MEASURED);
    expect(result).to.deep.include({ owner: OWNER, taskID: TASK, type: 'MRD', parameter: MEASURED.parameter });
    expect(result.originalName).to.equal('../data\uFFFD.mrd');
    expect(result.file).to.include({
      name: 'data.mrd',
      size: 300_000,
      organization: 'lab',
      owner: OWNER,
      created: '2023-11-14T22:13:20.000Z',
    });
    expect(await results.get(OWNER, result.id)).to.deep.equal(result);
    expect(await results.get('urn:uuid:2', result.id)).to.equal(undefined);
    expect(await results.list(OWNER, { limit: 1 })).to.deep.equal([result]);
    expect((await buffer((await files.read(result.file.id)).content)).equals(bytes)).to.equal(true);
    expect(await files.usage('lab')).to.equal(300_000);
    const plain = await results.write(pieces(bytes), { ...MEASURED, parameter: null });
    expect(plain.parameter).to.equal(null);
  });

  it('lists those of a device, newest first, of a task, before another', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { results, devices } = await withDevice(opened);
    await devices.add({ name: 'ct', kind: 'scanner', title: '', id: 'urn:uuid:2' }, 'another token');
    const written: string[] = [];
    for (let i = 0; i < 5; i++) {
      const { id } = await results.write(pieces(Buffer.of(i)), { ...MEASURED, taskID: i % 2 === 0 ? TASK : 'other' });
      written.unshift(id);
    }
    const foreign = await results.write(pieces(Buffer.of(9)), { ...MEASURED, owner: 'urn:uuid:2' });
    expect(idsOf(await results.list(OWNER, { limit: 10 }))).to.deep.equal(written);
    expect(idsOf(await results.list(OWNER, { limit: 2 }))).to.deep.equal(written.slice(0, 2));
    expect(idsOf(await results.list(OWNER, { limit: 2, before: written[1] }))).to.deep.equal(written.slice(2, 4));
    expect(idsOf(await results.list(OWNER, { limit: 10, taskID: 'other' }))).to.deep.equal([written[1], written[3]]);
    const both = { limit: 10, taskID: TASK, before: written[1] };
    expect(idsOf(await results.list(OWNER, both))).to.deep.equal([written[2], written[4]]);
    expect(await results.list('urn:uuid:3', { limit: 10 })).to.deep.equal([]);
    for (const before of [foreign.id, 'nothing']) {
      expect((await refusal(results.list(OWNER, { limit: 10, before }))).code).to.equal('notFound');
    }
    expect((await refusal(results.list(OWNER, { limit: 0 }))).code).to.equal('invalid');
  });

  it('removes one with its file, for its own device only; a file takes its result with it', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { results, files } = await withDevice(opened);
    const result = await results.write(pieces(randomBytes(10)), MEASURED);
    expect(await results.remove('urn:uuid:2', result.id)).to.equal(undefined);
    expect(await results.remove(OWNER, result.id)).to.deep.equal(result);
    expect(await results.remove(OWNER, result.id)).to.equal(undefined);
    expect(await files.get(result.file.id)).to.equal(undefined);
    expect(await files.usage('lab')).to.equal(0);
    const other = await results.write(pieces(randomBytes(10)), MEASURED);
    await files.remove(other.file.id);
    expect(await results.list(OWNER, { limit: 10 })).to.deep.equal([]);
  });

  it('keeps nothing of what is refused, or of a device that is not there', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ files: { quota: () => 1000 } });
    const { results, files, devices } = await withDevice(opened);
    let asked = false;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      asked = true;
      yield randomBytes(10);
    };
    const unknown = results.write(content(), { ...MEASURED, owner: 'urn:uuid:2' });
    expect((await refusal(unknown)).code).to.equal('notFound');
    const large = results.write(content(), { ...MEASURED, file: { ...MEASURED.file, expected: { size: 1001 } } });
    expect((await refusal(large)).code).to.equal('tooLarge');
    expect(asked).to.equal(false);
    const other = results.write(content(), { ...MEASURED, file: { ...MEASURED.file, expected: { size: 11 } } });
    expect((await refusal(other)).code).to.equal('invalid');
    const leaving = async function* (): AsyncGenerator<Uint8Array> {
      yield randomBytes(10);
      await devices.remove('mri');
    };
    expect((await refusal(results.write(leaving(), MEASURED))).code).to.equal('notFound');
    expect((await files.list(OWNER)).items).to.deep.equal([]);
    expect(await files.usage('lab')).to.equal(0);
  });

  it('gives no room that the disk does not have', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ files: { maxSize: Number.MAX_SAFE_INTEGER } });
    const { results } = await withDevice(opened);
    let asked = false;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      asked = true;
      yield Buffer.of(1);
    };
    const file = { ...MEASURED.file, expected: { size: 2 ** 52 } };
    expect((await refusal(results.write(content(), { ...MEASURED, file }))).code).to.equal('unavailable');
    expect(asked).to.equal(false);
  });

  it('follows a device to another organization, and to its end', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { results, files, devices } = await withDevice(opened);
    for (let i = 0; i < 3; i++) await results.write(pieces(randomBytes(10)), MEASURED);
    expect([await files.usage('lab'), await files.usage('clinic')]).to.deep.equal([30, 0]);
    const moving = async function* (): AsyncGenerator<Uint8Array> {
      yield randomBytes(10);
      await devices.move('mri', 'clinic');
      await results.follow(OWNER);
    };
    await results.write(moving(), MEASURED);
    expect([await files.usage('lab'), await files.usage('clinic')]).to.deep.equal([0, 40]);
    const shown = await results.list(OWNER, { limit: 10 });
    expect(new Set(shown.map(({ file }) => file.organization))).to.deep.equal(new Set(['clinic']));
    await devices.remove('mri');
    await results.follow(OWNER);
    expect(await results.list(OWNER, { limit: 10 })).to.deep.equal([]);
    expect((await files.list(OWNER)).items).to.deep.equal([]);
    expect(await files.usage('clinic')).to.equal(0);
  });
}

/** What every store promises of results when it is opened again. */
export function resultsRestartSuite(prepare: () => Promise<Premises>): void {
  it('has its results after a restart; those of devices that are gone or elsewhere have followed', async () => {
    await using premises = await prepare();
    let kept: ResultRecord | undefined;
    {
      await using before = await premises.open();
      const { results, devices } = await withDevice(before);
      await devices.add({ name: 'ct', kind: 'scanner', title: '', id: 'urn:uuid:2' }, 'another token');
      kept = await results.write(pieces(randomBytes(10)), MEASURED);
      for (let i = 0; i < 150; i++) await results.write(pieces(Buffer.of(1)), { ...MEASURED, owner: 'urn:uuid:2' });
      await devices.move('mri', 'clinic');
      await devices.remove('ct');
    }
    await using after = await premises.open();
    const { results, files } = after.store;
    const file = { ...kept.file, organization: 'clinic' };
    const isDone = async (): Promise<boolean> => {
      const [found] = await results.list(OWNER, { limit: 1 });
      return found?.file.organization === 'clinic' && (await results.list('urn:uuid:2', { limit: 1 })).length === 0;
    };
    for (let tries = 0; tries < 10_000 && !(await isDone()); tries++);
    expect(await results.list('urn:uuid:2', { limit: 10 })).to.deep.equal([]);
    expect(await results.list(OWNER, { limit: 10 })).to.deep.equal([{ ...kept, file }]);
    expect(await files.usage('clinic')).to.equal(10);
    expect(await files.usage('lab')).to.equal(0);
    expect(await files.usage('default')).to.equal(0);
  });
}

async function withDevice({ store }: { readonly store: Store }): Promise<Store> {
  const device = { name: 'mri', kind: 'scanner', title: '', organization: 'lab', id: OWNER };
  await store.devices.add(device, 'token');
  return store;
}

const idsOf = (results: readonly ResultRecord[]): readonly string[] => results.map(({ id }) => id);
