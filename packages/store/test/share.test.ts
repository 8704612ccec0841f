import { expect } from 'chai';
import { share } from '../src/share.js';

describe('share', () => {
  it('copies just what was given, and a clone for another thread is the same memory', () => {
    const numbers = Float64Array.of(1, 2, 3, 4).subarray(1, 3);
    const shared = new Float64Array(share(numbers));
    expect([...shared]).to.deep.equal([2, 3]);
    numbers[0] = 9;
    const cloned = structuredClone(shared);
    expect([...shared, ...cloned]).to.deep.equal([2, 3, 2, 3]);
    shared[1] = 7;
    expect([...cloned]).to.deep.equal([2, 7]);
    expect(share(new Uint8Array(0)).byteLength).to.equal(0);
  });
});
