import { expect } from 'chai';
import { assign, STATIONS } from '../../faults/group.js';

describe('The groups of readers', () => {
  it('take all readers, with some in every group and stations that are there', () => {
    for (const readers of [21, 100, 1000]) {
      const groups = assign(readers);
      expect(groups).to.have.lengthOf(readers);
      const names = groups.map(({ name }) => name);
      for (const name of new Set(names)) expect(names.filter((other) => other === name)).to.have.length.at.least(3);
      for (const { stations } of groups) for (const station of stations) expect(STATIONS).to.have.property(station);
    }
    expect(new Set(assign(21).map(({ name }) => name)).size).to.equal(7);
  });

  it('refuse too few', () => {
    expect(() => assign(20)).to.throw(RangeError);
  });
});
