import { expect } from 'chai';
import { compareReceived, type Told } from '../../faults/received.js';

const numbers = (...all: number[]): Told[] => all.map((number) => ({ number, changes: 1 }));

describe('What a reader received', () => {
  it('is right if it is what there was, from where the reader began', () => {
    const counts = compareReceived(numbers(3, 4, 7), [1, 2, 3, 4, 7]);
    expect(counts).to.deep.equal({ notifications: 3, gaps: 0, missed: 0, duplicates: 0, lost: 0 });
  });

  it('may be more than was kept, and then a gap is no loss', () => {
    const counts = compareReceived([...numbers(1, 2, 3), 'gap', ...numbers(6)], [1, 2, 4, 5, 6]);
    expect(counts).to.include({ missed: 2, duplicates: 0, lost: 0, gaps: 1 });
  });

  it('lacks what came neither by itself, nor within a gap, nor by what stands for it', () => {
    expect(compareReceived(numbers(1, 4), [1, 2, 3, 4]).lost).to.equal(2);
    expect(compareReceived([...numbers(1), { number: 4, changes: 2 }], [1, 2, 3, 4]).lost).to.equal(1);
    expect(compareReceived([...numbers(1), { number: 4, changes: 3 }], [1, 2, 3, 4]).lost).to.equal(0);
    expect(compareReceived(numbers(1), [1, 2, 3]).lost, 'at the end').to.equal(2);
  });

  it('is counted as twice if it comes again, or after a later one', () => {
    expect(compareReceived(numbers(1, 2, 2, 1, 3), [1, 2, 3]).duplicates).to.equal(2);
  });
});
