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
        { thing: 7, name: 3, micros: 2 ** 40 + 1, number: 2.5, text: '', invoker: undefined },
        { thing: 8, name: 2, micros: 2 ** 40 + 2, number: Number.NaN, text: '"é"', invoker: 'a' },
      ]),
    );
    const all = Buffer.from(bytes);
    expect(all.subarray(0, 24).toString('hex')).to.equal('020000000300000002000000010000000900000000000000');
    expect([24, 32].map((at) => all.readDoubleLE(at))).to.deep.equal([2 ** 40, 2 ** 40 + 2]);
    expect([40, 48, 56].map((at) => all.readDoubleLE(at))).to.deep.equal([1.5, 2.5, Number.NaN]);
    const words = Array.from({ length: 8 }, (_, i) => all.readUInt32LE(64 + 4 * i));
    expect(words).to.deep.equal([0, 2, 7, 8, 1, 3, 2, 4]);
    expect(all.subarray(96).toString()).to.equal('[[2,"a"]]');
    expect(Buffer.from(texts).toString()).to.equal('"é"');
  });

  it('is read as older releases have written it', () => {
    const doubles = Buffer.from(Float64Array.of(2 ** 40, 2 ** 40 + 1, 1.5, Number.NaN).buffer);
    const all = Buffer.concat([
      Buffer.from('01000000020000000100000009000000', 'hex'),
      doubles,
      Buffer.from('0700000008000000010000000200000004000000', 'hex'),
      Buffer.from('[[1,"a"]]'),
    ]);
    const changes = changesIn(decodeSegment({ columns: all, texts: Buffer.from('"é"') }));
    expect(changes).to.deep.equal([
      { thing: 7, name: 1, micros: 2 ** 40, number: 1.5, text: '', invoker: undefined },
      { thing: 8, name: 2, micros: 2 ** 40 + 1, number: Number.NaN, text: '"é"', invoker: 'a' },
    ]);
    const cut = { columns: all.subarray(0, all.length - 1), texts: Buffer.from('"é"') };
    expect(refused(cut)).to.be.instanceOf(StoreError).with.property('code', 'failed');
  });

  it('is refused if it is cut, of another form, or of another order of bytes', () => {
    const { columns: bytes, texts } = encodeSegment(
      toColumns([{ thing: 1, name: 2, micros: 3, number: Number.NaN, text: '"text"', invoker: 'a' }]),
    );
    const odd: Segment[] = [0, 3, 23, 24, bytes.length - 1].map((end) => ({ columns: bytes.subarray(0, end), texts }));
    odd.push({ columns: bytes, texts: texts.subarray(1) });
    odd.push({ columns: Uint8Array.of(3, ...bytes.subarray(1)), texts });
    odd.push({ columns: Uint8Array.of(0, 0, 0, 1, ...bytes.subarray(4)), texts });
    // The place of its only report, beyond and past its only change.
    for (const place of [1, 2]) odd.push({ columns: bytes.map((byte, at) => (at === 40 ? place : byte)), texts });
    for (const segment of odd) expect(refused(segment)).to.be.instanceOf(StoreError).with.property('code', 'failed');
    expect(changesIn(decodeSegment(encodeSegment(NO_CHANGES)))).to.deep.equal([]);
  });
});
