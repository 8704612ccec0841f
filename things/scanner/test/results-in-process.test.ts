import { resultsInProcess } from '@thingwright/scanner';
import { resultSinkSuite } from '../../../test/result-sink.suite.js';

describe('resultsInProcess', () => {
  resultSinkSuite(async ({ quota }) => ({
    sink: resultsInProcess({ quota }),
    owners: ['urn:uuid:1', 'urn:uuid:2'],
    [Symbol.asyncDispose]: async () => undefined,
  }));
});
