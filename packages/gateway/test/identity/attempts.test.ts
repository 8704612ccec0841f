import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { createAttempts } from '../../src/identity/attempts.js';

describe('createAttempts', () => {
  let present = 0;
  const now = () => present;

  it('lets an address fail as often as allowed, then says when to come back', () => {
    const attempts = createAttempts({ count: 3, window: 60_000 }, now);
    for (let i = 0; i < 3; i++) {
      attempts.admit('10.0.0.1');
      attempts.fail('10.0.0.1');
    }
    present += 15_000;
    expect(() => attempts.admit('10.0.0.1'))
      .to.throw(ThingError)
      .that.includes({ code: 'tooMany', retryAfter: 45 });
  });

  it('takes back what did not fail, and never more than was counted', () => {
    const attempts = createAttempts({ count: 1 }, now);
    attempts.forgive('ada');
    attempts.fail('ada');
    attempts.forgive('ada');
    attempts.forgive('ada');
    attempts.admit('ada');
    attempts.fail('ada');
    expect(() => attempts.admit('ada')).to.throw(ThingError);
  });

  it('never holds one address responsible for another', () => {
    const attempts = createAttempts({ count: 1 }, now);
    attempts.fail('10.0.0.1');
    attempts.admit('10.0.0.2');
  });

  it('counts those together whose key is the same', () => {
    const attempts = createAttempts({ count: 2, keyOf: (name) => name.slice(0, 3) });
    attempts.fail('one of many');
    attempts.fail('one more');
    expect(() => attempts.admit('one again')).to.throw(ThingError);
    attempts.forgive('one forgiven');
    attempts.admit('one again');
    attempts.admit('another');
  });

  it('forgets failures when their window is over', () => {
    const attempts = createAttempts({ count: 1, window: 1000 }, now);
    attempts.fail('10.0.0.1');
    present += 1000;
    attempts.admit('10.0.0.1');
  });

  it('remembers a limited number of addresses', () => {
    const attempts = createAttempts({ count: 1 }, now);
    attempts.fail('first');
    for (let i = 0; i < 10_000; i++) attempts.fail(`address ${i}`);
    attempts.admit('first');
    expect(() => attempts.admit('address 9999')).to.throw(ThingError);
  });
});
