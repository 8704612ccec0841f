import { expect } from 'chai';
import fc from 'fast-check';
import { textFrameHeader } from '../src/text-frame.js';

describe('textFrameHeader', () => {
  it('says final, text, unmasked and the length, in the shortest of the three forms', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(2 ** 40)), (length) => {
        const bytes = Buffer.from(textFrameHeader(length), 'latin1');
        expect(bytes[0]).to.equal(0x81);
        if (length < 126) expect([...bytes.subarray(1)]).to.deep.equal([length]);
        else if (length < 65_536)
          expect([bytes[1], bytes.readUInt16BE(2), bytes.length]).to.deep.equal([126, length, 4]);
        else expect([bytes[1], bytes.readBigUInt64BE(2), bytes.length]).to.deep.equal([127, BigInt(length), 10]);
      }),
    );
  });
});
