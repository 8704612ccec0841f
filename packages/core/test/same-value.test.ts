import { expect } from 'chai';
import fc from 'fast-check';
import { sameValue } from '../src/same-value.js';

describe('sameValue', () => {
  it('takes a value and its copy for the same', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => sameValue(value, structuredClone(value))));
  });

  it('agrees with the canonical text of two values', () => {
    const canonical = (value: unknown): string =>
      JSON.stringify(value, (_, inner: unknown) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? { members: Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)) }
          : inner,
      );
    const small = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', 'b') });
    fc.assert(fc.property(small, small, (a, b) => sameValue(a, b) === (canonical([a]) === canonical([b]))));
  });

  it('says the same both ways round', () => {
    const near = fc.tuple(fc.jsonValue({ maxDepth: 1 }), fc.jsonValue({ maxDepth: 1 }));
    fc.assert(fc.property(near, ([a, b]) => sameValue(a, b) === sameValue(b, a)));
  });

  it('leaves ignored members out of account, only at the top', () => {
    expect(sameValue({ a: 1, seq: 1 }, { a: 1, seq: 2 }, ['seq'])).to.equal(true);
    expect(sameValue({ a: 1, seq: 1 }, { a: 1 }, ['seq'])).to.equal(true);
    expect(sameValue({ a: 1 }, { a: 2 }, ['seq'])).to.equal(false);
    expect(sameValue({ a: { seq: 1 } }, { a: { seq: 2 } }, ['seq'])).to.equal(false);
  });

  it('tells an array from an object, null from nothing, and one absent member from another', () => {
    expect(sameValue([], {})).to.equal(false);
    expect(sameValue({}, [])).to.equal(false);
    expect(sameValue(null, {})).to.equal(false);
    expect(sameValue({ a: null }, {})).to.equal(false);
    expect(sameValue({ a: undefined }, { b: undefined })).to.equal(false);
  });

  it('knows own members named as those of a prototype', () => {
    const odd: unknown = JSON.parse('{"__proto__": 1, "constructor": 2}');
    expect(sameValue(odd, JSON.parse('{"__proto__": 1, "constructor": 2}'))).to.equal(true);
    expect(sameValue(odd, JSON.parse('{"__proto__": 3, "constructor": 2}'))).to.equal(false);
    expect(sameValue(JSON.parse('{"constructor": 2}'), {})).to.equal(false);
    expect(sameValue(JSON.parse('{"toString": 1}'), JSON.parse('{"valueOf": 1}'))).to.equal(false);
  });

  it('takes NaN for NaN', () => {
    expect(sameValue(Number.NaN, Number.NaN)).to.equal(true);
  });
});
