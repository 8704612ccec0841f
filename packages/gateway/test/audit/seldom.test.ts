import { expect } from 'chai';
import { createSeldom } from '../../src/audit/seldom.js';

describe('createSeldom', () => {
  let present = 0;
  const now = () => present;

  it('says so once within the time, and again when it is over', () => {
    const isNew = createSeldom(now);
    expect([isNew('a', 1000), isNew('a', 1000), isNew('b', 1000)]).to.deep.equal([true, false, true]);
    present += 1000;
    expect([isNew('a', 1000), isNew('a', 1000)]).to.deep.equal([true, false]);
  });

  it('says so as often as it is allowed within the time, which begins with the first', () => {
    const isNew = createSeldom(now);
    const ask = (): boolean => isNew('a', 1000, 2);
    expect(ask()).to.equal(true);
    present += 999;
    expect([ask(), ask()]).to.deep.equal([true, false]);
    present += 1;
    expect([ask(), ask(), ask()]).to.deep.equal([true, true, false]);
  });
});
