import { expect } from 'chai';
import fc from 'fast-check';
import { isMembers, ownMember, parseJson } from '../../src/legacy/members.js';

describe('parseJson', () => {
  it('gives what JSON.parse gives, and undefined for what is not JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(parseJson(text)).to.deep.equal(JSON.parse(text))));
    for (const text of ['', '{', 'undefined', '{"a":NaN}']) expect(parseJson(text), text).to.equal(undefined);
  });

  it('takes no frame that is nested so deep that nobody could write it again', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseJson(nested(100_000))).to.equal(undefined);
    expect(parseJson(nested(501))).to.equal(undefined);
    expect(parseJson(nested(500))).to.be.an('array');
  });

  it('counts no brackets of strings', () => {
    const text = JSON.stringify(['['.repeat(5000), '\\"{'.repeat(5000)]);
    expect(parseJson(text)).to.deep.equal(JSON.parse(text));
  });
});

describe('ownMember', () => {
  it('knows nothing that every object inherits', () => {
    for (const name of ['__proto__', 'hasOwnProperty', 'constructor']) expect(ownMember({}, name)).to.equal(undefined);
    const own = parseJson('{"__proto__":5}');
    expect(isMembers(own) && ownMember(own, '__proto__')).to.equal(5);
  });
});
