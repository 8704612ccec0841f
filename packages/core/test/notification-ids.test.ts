import { expect } from 'chai';
import fc from 'fast-check';
import { validate, version } from 'uuid';
import { NotificationIDs } from '../src/notification-ids.js';

const ids = new NotificationIDs('urn:x');
const moments = fc.integer({ min: 0, max: 2 ** 53 - 1 });

describe('Ids of notifications', () => {
  it('have the form of a UUIDv4 and tell the moment again', () => {
    fc.assert(
      fc.property(moments, (micros) => {
        const id = ids.of(micros);
        expect(validate(id)).to.equal(true);
        expect(version(id)).to.equal(4);
        expect(ids.momentOf(id)).to.equal(micros);
      }),
    );
  });

  it('are the same for the same Thing and moment, and others for another Thing', () => {
    expect(new NotificationIDs('urn:x').of(5)).to.equal(ids.of(5));
    expect(new NotificationIDs('urn:y').of(5)).to.not.equal(ids.of(5));
    expect(new NotificationIDs('urn:y').momentOf(ids.of(5))).to.equal(undefined);
  });

  it('of neighbouring moments have little in common', () => {
    const [one, other] = [ids.of(1_772_605_051_009_000), ids.of(1_772_605_051_009_001)].map((id) => id.slice(20));
    const same = [...(one ?? '')].filter((digit, i) => digit === other?.[i]);
    expect(same.length).to.be.at.most(8);
  });

  it('tell nothing when they are none of this Thing', () => {
    const known = ids.of(7);
    for (const text of ['', 'x', known.toUpperCase(), `${known}0`, known.slice(0, -1), `${known.slice(0, -1)}g`]) {
      expect(ids.momentOf(text), text).to.equal(undefined);
    }
  });
});
