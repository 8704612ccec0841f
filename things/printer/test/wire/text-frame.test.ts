import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { createByteQueue } from '../../src/wire/byte-queue.js';
import { encodeClientText, encodeDeviceText, takeClientText, takeDeviceText } from '../../src/wire/text-frame.js';

const queueOf = (...chunks: readonly Buffer[]) => {
  const queue = createByteQueue();
  for (const chunk of chunks) queue.push(chunk);
  return queue;
};

describe('Text frames', () => {
  it('4.1: are these bytes', () => {
    expect(encodeClientText('list_trust').toString('hex')).to.equal('0c006c6973745f7472757374');
    expect(encodeDeviceText('ok').toString('hex')).to.equal('02006f6b');
    expect(encodeClientText('rename\0Bob').toString('hex')).to.equal('0c0072656e616d6500426f62');
    expect(encodeDeviceText('error AUTH_ERROR').toString('hex')).to.equal('10006572726f7220415554485f4552524f52');
  });

  it('4.1: a client sends at most 4094 with the length, a device takes no more', () => {
    expect(encodeClientText('x'.repeat(4092))).to.have.length(4094);
    expect(() => encodeClientText('x'.repeat(4093)))
      .to.throw(ThingError)
      .with.property('code', 'tooLarge');
    expect(() => encodeDeviceText('x'.repeat(65_536)))
      .to.throw(ThingError)
      .with.property('code', 'tooLarge');
    expect(takeClientText(queueOf(encodeClientText('x'.repeat(4092))))).to.have.length(4092);
    for (const length of [0, 1, 4095, 65_535]) {
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16LE(length);
      expect(() => takeClientText(queueOf(prefix)))
        .to.throw(ThingError)
        .with.property('code', 'protocol');
    }
  });

  it('4.1: are put together from whatever pieces they come in', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), (sent, sizes) => {
        for (const { encode, take } of [
          { encode: encodeClientText, take: takeClientText },
          { encode: encodeDeviceText, take: takeDeviceText },
        ]) {
          const bytes = Buffer.concat(sent.map(encode));
          const queue = createByteQueue();
          const taken: string[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            queue.push(bytes.subarray(at, at + size));
            at += size;
            for (let text = take(queue); text !== undefined; text = take(queue)) taken.push(text);
          }
          expect(taken).to.deep.equal(sent);
          expect(queue.length).to.equal(0);
        }
      }),
    );
  });

  it('leave what follows them in the queue: bytes without a frame', () => {
    const queue = queueOf(encodeDeviceText('binary text/json 4'), Buffer.from('{"a'), Buffer.from('":1}'));
    expect(takeDeviceText(queue)).to.equal('binary text/json 4');
    expect(queue.takeSome(3).toString()).to.equal('{"a');
    expect(queue.take(5)).to.equal(undefined);
    expect(queue.takeSome(1).toString()).to.equal('"');
    expect(queue.take(3)?.toString()).to.equal(':1}');
    expect(queue.takeSome(1)).to.have.length(0);
  });
});
