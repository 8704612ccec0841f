import { expect } from 'chai';
import fc from 'fast-check';
import { createDueQueue } from '../src/due-queue.js';

describe('a due queue', () => {
  it('gives back in order whatever it was given', () => {
    const entry = fc.tuple(fc.nat(20), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 100 }), fc.nat(1000), (entries, limit) => {
        const queue = createDueQueue<number>((a, b) => a - b);
        for (const [due, item] of entries) queue.add(due, item);
        queue.keepOnly((item) => item <= limit);
        const kept = entries.filter(([, item]) => item <= limit);
        expect(queue.size).to.equal(kept.length);
        const taken: [number, number][] = [];
        for (let first = queue.takeFirst(); first; first = queue.takeFirst()) taken.push([first.due, first.item]);
        expect(taken).to.deep.equal(kept.sort(([a, i], [b, j]) => a - b || i - j));
      }),
    );
  });
});
