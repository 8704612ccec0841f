import type { Grant } from '@thingwright/core';
import { expect } from 'chai';
import { createDirectoryAccess } from '../../src/directory/directory-access.js';

const access = createDirectoryAccess(() => undefined);
const SUBJECT = { id: 'urn:x:y', organization: 'acme' };

/** What somebody with these grants may do to something of acme: see it, keep it; and where what they register belongs. */
function rightsOf(...grants: Grant[]): readonly [boolean, boolean, string | undefined] {
  const principal = { id: 'user:ada', kind: 'user', grants } as const;
  return [access.maySee(principal, SUBJECT), access.mayKeep(principal, SUBJECT), access.homeOf(principal)];
}

describe('the access to a directory', () => {
  it('is that of the roles', () => {
    expect(rightsOf()).to.deep.equal([false, false, undefined]);
    expect(rightsOf({ role: 'captain' })).to.deep.equal([false, false, undefined]);
    expect(rightsOf({ role: 'viewer' })).to.deep.equal([true, false, undefined]);
    expect(rightsOf({ role: 'operator' })).to.deep.equal([true, true, 'default']);
    expect(rightsOf({ role: 'admin', organization: 'acme' })).to.deep.equal([true, true, 'acme']);
    expect(rightsOf({ role: 'admin', organization: 'umbrella' })).to.deep.equal([false, false, 'umbrella']);
    expect(rightsOf({ role: 'superuser', organization: 'umbrella' })).to.deep.equal([true, true, 'default']);
  });

  it('is as narrow as a grant', () => {
    expect(rightsOf({ role: 'operator', thing: SUBJECT.id })).to.deep.equal([true, true, undefined]);
    expect(rightsOf({ role: 'operator', thing: 'urn:x:z' })).to.deep.equal([false, false, undefined]);
    expect(rightsOf({ role: 'operator', affordance: 'level' })).to.deep.equal([true, false, undefined]);
    expect(rightsOf({ role: 'operator', operation: 'readproperty' })).to.deep.equal([true, false, undefined]);
  });

  it('shows of a registration what a grant is narrowed to, and all to who may keep it', () => {
    const seen = (...grants: Grant[]): unknown => {
      const maySee = access.partOf({ id: 'user:ada', kind: 'user', grants }, SUBJECT);
      const asked = [
        ['readproperty', 'level'],
        ['writeproperty', 'level'],
        ['readproperty', 'code'],
        ['readallproperties', undefined],
      ] as const;
      return maySee && asked.map(([operation, affordance]) => maySee(operation, affordance));
    };
    expect(seen({ role: 'viewer' })).to.equal(undefined);
    expect(seen({ role: 'operator', thing: SUBJECT.id })).to.equal(undefined);
    expect(seen({ role: 'superuser', affordance: 'level' })).to.equal(undefined);
    expect(seen({ role: 'viewer', affordance: 'level' })).to.deep.equal([true, true, false, false]);
    expect(seen({ role: 'viewer', operation: 'readproperty' })).to.deep.equal([true, false, true, false]);
    expect(seen({ role: 'viewer', operation: 'readallproperties' })).to.deep.equal([true, false, true, true]);
    expect(seen({ role: 'viewer', affordance: 'level' }, { role: 'viewer', organization: 'acme' })).to.equal(undefined);
    expect(seen({ role: 'viewer', affordance: 'level' }, { role: 'viewer', organization: 'umbrella' })).to.deep.equal([
      ...[true, true, false, false],
    ]);
    expect(seen({ role: 'captain' }, { role: 'viewer', affordance: 'level' })).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is that of all grants together; the first that counts says where things belong', () => {
    const grants: Grant[] = [
      { role: 'viewer', organization: 'acme' },
      { role: 'operator', organization: 'umbrella' },
      { role: 'operator', organization: 'tyrell' },
    ];
    expect(rightsOf(...grants)).to.deep.equal([true, false, 'umbrella']);
  });
});
