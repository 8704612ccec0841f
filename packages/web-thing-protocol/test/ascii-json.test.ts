import { expect } from 'chai';
import fc from 'fast-check';
import { asciiJson } from '../src/ascii-json.js';

describe('asciiJson', () => {
  it('says in ASCII what JSON.stringify says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        for (const each of [value, text, { [text]: value }]) {
          const written = asciiJson(each);
          expect(written).to.match(/^[\x20-\x7e]*$/);
          expect(JSON.parse(written)).to.deep.equal(JSON.parse(JSON.stringify(each)));
        }
      }),
    );
  });

  it('writes null for what JSON cannot say', () => {
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, () => 1]) {
      expect(asciiJson(value)).to.equal('null');
    }
  });
});
