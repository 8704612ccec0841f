import { expect } from 'chai';
import fc from 'fast-check';
import { isJSONValue } from '../src/json-value.js';

describe('isJSONValue', () => {
  it('says yes to all that JSON can say', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => isJSONValue(value)));
  });

  it('says no to what JSON has no word for', () => {
    const values = [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1n,
      Symbol('s'),
      () => 1,
    ];
    expect(values.filter(isJSONValue)).to.deep.equal([]);
  });
});
