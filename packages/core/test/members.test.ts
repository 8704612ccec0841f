import { expect } from 'chai';
import { isMembers } from '../src/members.js';

describe('isMembers', () => {
  it('says yes to objects, also to those without a prototype', () => {
    for (const value of [{}, { a: 1 }, Object.create(null)]) expect(isMembers(value)).to.equal(true);
  });

  it('says no to all other JSON values, to undefined and to functions', () => {
    for (const value of [null, [], [{}], 'a', 1, true, undefined, () => ({})]) {
      expect(isMembers(value), String(value)).to.equal(false);
    }
  });
});
