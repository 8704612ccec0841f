import { expect } from 'chai';
import { Change } from '../src/change.js';

describe('A change', () => {
  const change = () => new Change({ thing: 'urn:x', kind: 'event', name: 'e', invoker: 'user:ada' }, 1, 1_500_000_001);

  it('has one UUIDv4 and one time, whoever asks and however often', () => {
    const one = change();
    expect(one.id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one.id).to.equal(one.id);
    expect(one.time).to.equal('1970-01-01T00:25:00.000001Z');
    expect(change().id).to.not.equal(one.id);
  });

  it('tells where it comes from', () => {
    expect(change()).to.include({ thing: 'urn:x', kind: 'event', name: 'e', invoker: 'user:ada', value: 1 });
  });

  it('knows its id', () => {
    const one = change();
    const { id } = one;
    expect(one.hasID(id)).to.equal(true);
    expect(change().hasID(id)).to.equal(false);
  });
});
