import { expect } from 'chai';
import fc from 'fast-check';
import { TextBuffer, toText, utf8At } from '../src/texts.js';

describe('TextBuffer', () => {
  it('gives back texts as they were, of any length and number, and begins anew', () => {
    const texts = fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.string({ unit: 'binary' }) },
        fc.integer({ min: 1, max: 30_000 }).map((length) => 'ü'.repeat(length)),
      ),
      { maxLength: 600, size: 'max' },
    );
    const buffer = new TextBuffer();
    fc.assert(
      fc.property(texts, (all) => {
        for (const text of all) buffer.push(text);
        expect(buffer.length).to.equal(all.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
        const taken = buffer.take();
        expect(all.map((_, place) => toText(utf8At(taken, place)))).to.deep.equal(all);
        expect(buffer.length).to.equal(0);
      }),
      { numRuns: 20 },
    );
  });
});
