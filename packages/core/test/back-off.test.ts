import { expect } from 'chai';
import fc from 'fast-check';
import { createBackOff } from '../src/back-off.js';

describe('createBackOff', () => {
  it('doubles its range with each failure, from 1 s up to 30 s', () => {
    const [least, most] = [0, 1 - Number.EPSILON].map((value) => createBackOff({ random: () => value }));
    expect([1, 2, 3, 4, 5, 50].map((failures) => Math.round(most?.(failures) ?? 0))).to.deep.equal([
      2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(least?.(9)).to.equal(1000);
  });

  it('stays within its bounds whatever it is given', () => {
    const share = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), share, (failures, value) => {
        expect(createBackOff({ random: () => value })(failures)).to.be.within(1000, 30_000);
      }),
    );
  });
});
