import { isMembers, parseJSON } from '@thingwright/core';
import { expect } from 'chai';
import { ownMember, textOf } from '../src/members.js';

describe('ownMember', () => {
  it('knows nothing that every object inherits', () => {
    for (const name of ['__proto__', 'hasOwnProperty', 'constructor']) expect(ownMember({}, name)).to.equal(undefined);
    const own = parseJSON('{"__proto__":5}');
    expect(isMembers(own) && ownMember(own, '__proto__')).to.equal(5);
  });
});

describe('textOf', () => {
  it('gives texts, the empty one too, and nothing for all else', () => {
    expect(['a', '', 1, null, {}, ['a'], undefined].map(textOf)).to.deep.equal(['a', '', ...Array(5).fill(undefined)]);
  });
});
