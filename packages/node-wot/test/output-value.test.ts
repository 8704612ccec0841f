import { expect } from 'chai';
import { readOutput } from '../src/output-value.js';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

const codeOf = (given: unknown): Promise<unknown> =>
  readOutput({ value: async () => given }).then(
    () => 'none',
    (error: unknown) => Object(error).code,
  );

describe('readOutput', () => {
  it('gives values as they are, but none that is too deep to be written', async () => {
    for (const value of [undefined, null, 7, 'x', { a: [1] }]) {
      expect(await readOutput({ value: async () => value })).to.equal(value);
    }
    expect(await codeOf(nested(500))).to.equal('none');
    for (const depth of [501, 100_000]) expect(await codeOf(nested(depth)), String(depth)).to.equal('protocol');
  });
});
