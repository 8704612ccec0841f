import { expect } from 'chai';
import fc from 'fast-check';
import { createFailureLimit } from '../src/failure-limit.js';

describe('The limit on failures', () => {
  it('lets a party that fails more slowly than it forgets be checked every time', () => {
    let now = 0;
    const limit = createFailureLimit({ burst: 2, refill: 3000 }, () => now);
    for (let i = 0; i < 100; i++) {
      expect(limit.retryAfter('x')).to.equal(0);
      limit.record('x');
      now += 5000;
    }
  });

  it('is over at the latest one refill after the last failure, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 60 }), (pauses) => {
        let now = 0;
        const limit = createFailureLimit({ burst: 5, refill: 3000 }, () => now);
        for (const pause of pauses) {
          limit.record('x');
          now += pause;
        }
        now += 3000;
        expect(limit.retryAfter('x')).to.equal(0);
      }),
    );
  });

  it('remembers a bounded number of parties', () => {
    const limit = createFailureLimit({ burst: 1, capacity: 2 }, () => 0);
    for (const key of ['a', 'b', 'c']) limit.record(key);
    expect(['a', 'b', 'c'].map((key) => limit.retryAfter(key) > 0)).to.deep.equal([false, true, true]);
  });
});
