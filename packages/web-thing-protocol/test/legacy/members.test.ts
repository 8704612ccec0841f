import { parseJSON } from '@thingwright/core';
import { expect } from 'chai';
import { isMembers, ownMember } from '../../src/legacy/members.js';

describe('ownMember', () => {
  it('knows nothing that every object inherits', () => {
    for (const name of ['__proto__', 'hasOwnProperty', 'constructor']) expect(ownMember({}, name)).to.equal(undefined);
    const own = parseJSON('{"__proto__":5}');
    expect(isMembers(own) && ownMember(own, '__proto__')).to.equal(5);
  });
});
