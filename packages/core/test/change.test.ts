import { expect } from 'chai';
import { Change } from '../src/change.js';

describe('A change', () => {
  const change = () =>
    new Change({ thing: 'urn:x', kind: 'event', name: 'e', invoker: 'user:ada' }, 1, 1_500_000_001, 'an-id');

  it('has one time, however often it is asked', () => {
    const one = change();
    expect(one.time).to.equal('1970-01-01T00:25:00.000001Z');
    expect(one.time).to.equal(one.time);
  });

  it('tells where it comes from', () => {
    expect(change()).to.include({
      thing: 'urn:x',
      kind: 'event',
      name: 'e',
      invoker: 'user:ada',
      value: 1,
      id: 'an-id',
    });
  });
});
