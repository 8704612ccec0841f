import { expect } from 'chai';
import fc from 'fast-check';
import { Clock, formatMicroseconds, formatMilliseconds, parseMicroseconds } from '../src/clock.js';

/** Milliseconds from 1970 to 2100. */
const wallTimes = fc.integer({ min: 0, max: 4_102_444_800_000 });

describe('A clock', () => {
  it('rises with every call, whatever the wall clock does', () => {
    fc.assert(
      fc.property(fc.array(wallTimes, { minLength: 2 }), (times) => {
        const left = [...times];
        const clock = new Clock(() => left.shift() ?? 0);
        const given = times.map(() => clock.tick());
        return given.every((micros, i) => i === 0 || micros > (given[i - 1] ?? 0));
      }),
    );
  });

  it('tells the present time where it can', () => {
    let now = 5000;
    const clock = new Clock(() => now);
    expect(clock.tick()).to.equal(5_000_000);
    expect(clock.tick()).to.equal(5_000_001);
    now = 4000;
    expect(clock.tick()).to.equal(5_000_002);
    now = 6000;
    expect(clock.tick()).to.equal(6_000_000);
  });

  it('gives out several at once', () => {
    const clock = new Clock(() => 5);
    expect(clock.tick()).to.equal(5000);
    clock.skip(3);
    expect(clock.last).to.equal(5003);
    expect(clock.tick()).to.equal(5004);
  });

  it('gives whole microseconds over a clock with fractions', () => {
    expect(new Clock(() => 1.234567).tick()).to.equal(1234);
  });

  it('takes the system time by default', () => {
    const before = Date.now() * 1000;
    expect(new Clock().tick()).to.be.at.least(before);
  });
});

describe('parseMicroseconds', () => {
  it('reads back what formatMicroseconds writes, and nothing else', () => {
    const micros = fc.tuple(wallTimes, fc.integer({ min: 0, max: 999 })).map(([ms, rest]) => ms * 1000 + rest);
    fc.assert(fc.property(micros, (time) => void expect(parseMicroseconds(formatMicroseconds(time))).to.equal(time)));
    fc.assert(fc.property(fc.string(), (text) => void expect(parseMicroseconds(text)).to.equal(undefined)));
    for (const text of ['2026-13-04T06:17:31.009001Z', '2026-03-04T06:17:31.009Z', ' 2026-03-04T06:17:31.009001Z']) {
      expect(parseMicroseconds(text)).to.equal(undefined);
    }
  });
});

describe('formatMicroseconds', () => {
  it('writes RFC 3339, UTC, six decimals', () => {
    expect(formatMicroseconds(Date.UTC(2026, 2, 4, 6, 17, 31, 9) * 1000 + 1)).to.equal('2026-03-04T06:17:31.009001Z');
    expect(formatMicroseconds(0)).to.equal('1970-01-01T00:00:00.000000Z');
  });

  it('keeps the order of times', () => {
    const micros = fc.tuple(wallTimes, fc.integer({ min: 0, max: 999 })).map(([ms, rest]) => ms * 1000 + rest);
    fc.assert(
      fc.property(micros, micros, (a, b) => {
        const [first, second] = [formatMicroseconds(a), formatMicroseconds(b)];
        expect(first < second).to.equal(a < b);
      }),
    );
  });
});

describe('formatMilliseconds', () => {
  it('writes RFC 3339, UTC, three decimals, whatever was written before', () => {
    fc.assert(
      fc.property(wallTimes, wallTimes, fc.integer({ min: 0, max: 999 }), (one, other, rest) => {
        for (const moment of [one, one, other, one + rest / 1000]) {
          formatMicroseconds(other * 1000 + rest);
          expect(formatMilliseconds(moment)).to.equal(new Date(moment).toISOString());
        }
      }),
    );
  });

  it('takes no time that is none, and then goes on', () => {
    formatMilliseconds(5);
    expect(() => formatMilliseconds(Number.NaN)).to.throw(RangeError);
    expect(formatMilliseconds(5)).to.equal('1970-01-01T00:00:00.005Z');
    expect(formatMicroseconds(5001)).to.equal('1970-01-01T00:00:00.005001Z');
  });
});
