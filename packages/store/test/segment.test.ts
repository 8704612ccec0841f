import { expect } from 'chai';
import fc from 'fast-check';
import { StoreError } from '../src/engine/store-error.js';
import { NO_CHANGES, toColumns } from '../src/group.js';
import { decodeSegment, encodeSegment, type Segment } from '../src/segment.js';
import { changesIn, columns } from './fixture/change-columns.js';

const refused = (segment: Segment): unknown => {
  try {
    return decodeSegment(segment);
  } catch (error) {
    return error;
  }
};

describe('A segment', () => {
  it('gives back the changes of a group as they were', () => {
    fc.assert(
      fc.property(columns, (group) => {
        expect(changesIn(decodeSegment(encodeSegment(group)))).to.deep.equal(changesIn(group));
      }),
    );
  });

  it('is read wherever its bytes begin', () => {
    const { columns: bytes, texts } = encodeSegment(
      toColumns([{ thing: 1, name: 2, micros: 3, number: Number.NaN, text: '"ünï"', invoker: undefined }]),
    );
    const shifted = Buffer.concat([Buffer.of(0), bytes]).subarray(1);
    expect(changesIn(decodeSegment({ columns: shifted, texts }))[0]?.text).to.equal('"ünï"');
  });

  it('is these bytes', () => {
    const { columns: bytes, texts } = encodeSegment(
      toColumns([
        { thing: 7, name: 1, micros: 2 ** 40, number: 1.5, text: '', invoker: undefined },
        { thing: 8, name: 2, micros: 2 ** 40 + 1, number: Number.NaN, text: '"é"', invoker: 'a' },
      ]),
    );
    const all = Buffer.from(bytes);
    expect(all.subarray(0, 16).toString('hex')).to.equal('01000000020000000100000009000000');
    expect(all.readDoubleLE(16)).to.equal(2 ** 40);
    expect(all.readDoubleLE(32)).to.equal(1.5);
    expect(all.subarray(48, 68).toString('hex')).to.equal('0700000008000000010000000200000004000000');
    expect(all.subarray(68).toString()).to.equal('[[1,"a"]]');
    expect(Buffer.from(texts).toString()).to.equal('"é"');
  });

  it('is refused if it is cut, of another form, or of another order of bytes', () => {
    const { columns: bytes, texts } = encodeSegment(
      toColumns([{ thing: 1, name: 2, micros: 3, number: Number.NaN, text: '"text"', invoker: 'a' }]),
    );
    const odd: Segment[] = [0, 3, 15, 16, bytes.length - 1].map((end) => ({ columns: bytes.subarray(0, end), texts }));
    odd.push({ columns: bytes, texts: texts.subarray(1) });
    odd.push({ columns: Uint8Array.of(2, ...bytes.subarray(1)), texts });
    odd.push({ columns: Uint8Array.of(0, 0, 0, 1, ...bytes.subarray(4)), texts });
    for (const segment of odd) expect(refused(segment)).to.be.instanceOf(StoreError).with.property('code', 'failed');
    expect(changesIn(decodeSegment(encodeSegment(NO_CHANGES)))).to.deep.equal([]);
  });
});
