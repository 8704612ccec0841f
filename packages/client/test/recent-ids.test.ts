import { expect } from 'chai';
import { RecentIDs } from '../src/recent-ids.js';

describe('RecentIDs', () => {
  it('knows what came by, and forgets the oldest first', () => {
    const recent = new RecentIDs(2);
    expect(['a', 'b', 'a', 'c', 'b', 'a'].map((id) => recent.add(id))).to.deep.equal([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});
