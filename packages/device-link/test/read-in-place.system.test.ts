import { expect } from 'chai';
import fc from 'fast-check';
import { binary, type ClientFrame, cut, encoded, fragments, PING, text, wellFormed } from './client-frames.js';
import { openSite, socketOf, until, write } from './line-site.js';

interface Message {
  readonly frames: readonly ClientFrame[];
  /** What a receiver gets of them. */
  readonly heard: readonly (string | Buffer)[];
}

for (const canReadInPlace of [true, false]) {
  describe(`Sockets that ${canReadInPlace ? 'are read in place' : 'cannot be read in place'}`, () => {
    it('give everybody its own, however what comes is cut and mixed', async () => {
      await using site = await openSite({ canReadInPlace });
      const bytes = fc.uint8Array({ maxLength: 400 }).map((each) => Buffer.from(each));
      const message: fc.Arbitrary<Message> = fc.oneof(
        fc
          .string({ unit: 'binary', maxLength: 300 })
          .map((each) => ({ frames: [text(wellFormed(each))], heard: [wellFormed(each)] })),
        fc
          .constantFrom(126, 30_000, 65_536, 65_536)
          .map((length) => ({ frames: [text('é'.repeat(length >> 1))], heard: ['é'.repeat(length >> 1)] })),
        bytes.map((each) => ({ frames: [binary(each)], heard: [each] })),
        fc.constant({ frames: [binary(Buffer.alloc(65_000, 'file'))], heard: [Buffer.alloc(65_000, 'file')] }),
        fc.constant({ frames: [PING], heard: [] }),
        fc.constant({ frames: fragments('a', 'b', 'c').toSpliced(1, 0, PING), heard: ['abc'] }),
      );
      const device = fc.record({
        messages: fc.array(message, { maxLength: 6 }),
        places: fc.array(fc.nat(200_000), { maxLength: 6 }),
      });
      const property = fc.asyncProperty(
        fc.array(device, { minLength: 2, maxLength: 5 }),
        fc.array(fc.nat(4)),
        async (devices, turns) => {
          const ends = [];
          for (const { messages, places } of devices) {
            const whole = Buffer.concat(messages.flatMap(({ frames }) => frames.map(encoded)));
            ends.push({
              end: await site.dial(),
              chunks: cut(whole, places),
              expected: messages.flatMap(({ heard }) => heard),
            });
          }
          for (const turn of turns) {
            const one = ends[turn % ends.length];
            const chunk = one?.chunks.shift();
            if (one && chunk) await write(one.end, chunk);
          }
          // What is left comes from all at the same time.
          await Promise.all(ends.map(({ end, chunks }) => write(end, Buffer.concat(chunks))));
          for (const { end, expected } of ends) {
            const [client, { heard }] = end;
            expect(heard).to.deep.equal(expected);
            client[Symbol.dispose]();
          }
        },
      );
      await fc.assert(property, { numRuns: 100 });
    });

    it('is not read during a pause: the client has to wait', async () => {
      await using site = await openSite({ canReadInPlace });
      const [client, own] = await site.dial();
      const other = await site.dial();
      const frame = encoded(text('x'.repeat(60_000)));
      const count = 120;
      own.line.pause();
      for (let i = 0; i < count; i++) client.socket.write(frame);
      // Time for all that the kernel takes.
      for (let i = 0; i < 100; i++) await write(other, encoded(text('time')));
      const { bytesRead } = socketOf(own);
      expect(bytesRead).to.be.below(200_000);
      expect(client.socket.writableLength).to.be.above(0);
      expect(own.heard).to.have.length(0);
      own.line.resume();
      await until(() => own.heard.length === count);
      expect(socketOf(own).bytesRead).to.be.at.least(count * frame.length);
      expect(other[1].heard).to.have.length(100);
      for (const each of [client, other[0]]) each[Symbol.dispose]();
    });
  });
}
