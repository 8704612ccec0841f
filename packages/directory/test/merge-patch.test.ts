import { expect } from 'chai';
import fc from 'fast-check';
import { applyMergePatch, mergePatchBetween } from '../src/merge-patch.js';

describe('merge patches', () => {
  it('do what RFC 7396 says, and leave what they are applied to as it is', () => {
    for (const [target, patch, result] of [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ] as const) {
      const before = JSON.stringify(target);
      expect(applyMergePatch(target, patch)).to.deep.equal(result);
      expect(JSON.stringify(target)).to.equal(before);
    }
  });

  it('between two objects make the second one of the first', () => {
    const value = fc
      .letrec((tie) => ({
        any: fc.oneof(
          { depthSize: 'small' },
          fc.constantFrom(true, 1, 'x'),
          fc.array(fc.constantFrom(1, 2), { maxLength: 2 }),
          tie('object'),
        ),
        object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { noNullPrototype: true }),
      }))
      .object.map((made) => ({ ...Object(made) }));
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(applyMergePatch(before, mergePatchBetween(before, after))).to.deep.equal(after);
      }),
    );
  });
});
