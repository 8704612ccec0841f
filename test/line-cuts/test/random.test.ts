import { expect } from 'chai';
import { createRandom } from '../src/index.js';

const draw = (count: number, ...seeds: readonly number[]): readonly number[] => {
  const random = createRandom(...seeds);
  return Array.from({ length: count }, () => random());
};

describe('createRandom', () => {
  it('gives the same numbers for the same seeds, whatever is drawn elsewhere', () => {
    expect(draw(20, 7, 3)).to.deep.equal(draw(20, 7, 3));
  });

  it('gives other numbers for any other seed, and for seeds in another order', () => {
    const firsts = [draw(1, 7), draw(1, 8), draw(1, 7, 0), draw(1, 7, 3), draw(1, 3, 7)].flat();
    expect(new Set(firsts).size).to.equal(firsts.length);
  });

  it('spreads them evenly from 0 up to 1, also the first ones of neighbouring seeds', () => {
    for (const numbers of [draw(20_000, 1), Array.from({ length: 20_000 }, (_, seed) => draw(1, 5, seed)).flat()]) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (const number of numbers) {
        const tenth = Math.floor(number * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      expect(tenths).to.have.lengthOf(10);
      for (const count of tenths) expect(count).to.be.within(1850, 2150);
    }
  });
});
