import { openStore } from '@thingwright/store';
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
});
