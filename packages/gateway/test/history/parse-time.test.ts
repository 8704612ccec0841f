import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { parseTime } from '../../src/history/parse-time.js';

describe('parseTime', () => {
  it('reads RFC 3339 to the microsecond, in any zone', () => {
    const noon = Date.parse('2026-03-04T12:00:00Z');
    expect(parseTime('2026-03-04T12:00:00Z', 'from')).to.equal(noon);
    expect(parseTime('2026-03-04t13:00:00+01:00', 'from')).to.equal(noon);
    expect(parseTime('2026-03-04T12:00:00.000001Z', 'from')).to.equal(noon + 0.001);
    expect(parseTime('2026-03-04T12:00:00.123456789Z', 'from')).to.equal(noon + 123.457);
  });

  it('refuses all else, and names the parameter', () => {
    for (const odd of [
      '',
      'now',
      '2026-03-04',
      '2026-03-04T12:00:00',
      '2026-13-04T12:00:00Z',
      '1969-01-01T00:00:00Z',
    ]) {
      expect(() => parseTime(odd, 'from'), odd)
        .to.throw(ThingError, "'from' is a time")
        .with.property('code', 'invalid');
    }
  });
});
