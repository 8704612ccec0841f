import { Readable } from 'node:stream';
import { openStore } from '@thingwright/store';
import { expect } from 'chai';
import { resultSinkSuite } from '../../../../test/result-sink.suite.js';
import { resultSink } from '../../src/results/result-sink.js';

describe('resultSink', () => {
  resultSinkSuite(async ({ quota }) => {
    const store = await openStore({ files: { quota: () => quota } });
    const add = async (name: string): Promise<string> =>
      (await store.devices.add({ name, kind: 'scanner', title: '' }, name)).id;
    return {
      sink: resultSink(store.results, () => 'mri'),
      owners: [await add('mri'), await add('ct')],
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  });

  it('shows a result of a type that it does not know, of a later release perhaps, as one without a type', async () => {
    await using store = await openStore();
    const { id: owner } = await store.devices.add({ name: 'mri', kind: 'scanner', title: '' }, 'mri');
    const file = { name: 'x.bin', mediaType: 'application/octet-stream' };
    const result = { owner, taskID: 'task', type: 'SPECTRUM', parameter: null, originalName: 'x.bin', file };
    await store.results.write(Readable.from([Buffer.from('x')]), result);
    const [shown] = await resultSink(store.results, () => 'mri').list(owner, { limit: 1 });
    expect(shown?.type).to.equal('NOT_SET');
  });
});
