import { expect } from 'chai';
import { Change } from '../src/change.js';
import { NotificationIDs } from '../src/notification-ids.js';

describe('A change', () => {
  const ids = new NotificationIDs('urn:x');
  const change = () =>
    new Change(
      { thing: 'urn:x', kind: 'event', name: 'e', invoker: 'user:ada' },
      { value: 1, micros: 1_500_000_001 },
      ids,
    );

  it('has one id and one time, however often it is asked', () => {
    const one = change();
    expect(one.time).to.equal('1970-01-01T00:25:00.000001Z');
    expect(one.time).to.equal(one.time);
    expect(one.id).to.equal(ids.of(1_500_000_001));
    expect(one.id).to.equal(change().id);
  });

  it('tells where it comes from', () => {
    expect(change()).to.include({
      thing: 'urn:x',
      kind: 'event',
      name: 'e',
      invoker: 'user:ada',
      value: 1,
    });
  });
});
