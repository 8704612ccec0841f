import { expect } from 'chai';
import { claimedGrants } from '../../src/identity/claimed-grants.js';

describe('claimedGrants', () => {
  const understood: readonly (readonly [string, unknown, readonly unknown[]])[] = [
    ['a role', 'viewer', [{ role: 'viewer' }]],
    ['roles', ['viewer', 'operator'], [{ role: 'viewer' }, { role: 'operator' }]],
    ['a role in an organization', ['admin@lab'], [{ role: 'admin', organization: 'lab' }]],
    [
      'every member of a grant',
      [{ role: 'operator', organization: 'lab', thing: 'urn:1', affordance: 'mode', operation: 'writeproperty' }],
      [{ role: 'operator', organization: 'lab', thing: 'urn:1', affordance: 'mode', operation: 'writeproperty' }],
    ],
  ];
  for (const [what, claim, grants] of understood) {
    it(`reads ${what}`, () => expect(claimedGrants(claim)).to.deep.equal(grants));
  }

  const left: readonly (readonly [string, unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an unknown role', ['king']],
    ['a role with an empty organization', ['admin@']],
    ['a member that we do not know', [{ role: 'admin', site: 'lab' }]],
    ['a member that is no text', [{ role: 'admin', organization: 7 }]],
    ['an empty member', [{ role: 'admin', organization: '' }]],
    ['an operation that there is not', [{ role: 'admin', operation: 'dance' }]],
    ['no role', [{ organization: 'lab' }]],
    ['arrays in arrays', [[['admin']]]],
  ];
  for (const [what, claim] of left) {
    it(`leaves out ${what}, so that nothing is widened`, () => expect(claimedGrants(claim)).to.deep.equal([]));
  }

  it('reads a limited number', () => {
    expect(claimedGrants(Array.from({ length: 1000 }, () => 'viewer'))).to.have.length(100);
  });
});
