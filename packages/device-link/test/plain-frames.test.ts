import { silent } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { WebSocketServer } from 'ws';
import { WebSocketLine } from '../src/line.js';
import type { PlaceReader } from '../src/read-in-place.js';
import { CLOSE, cut, encoded, fragments, PING, text, wellFormed } from './client-frames.js';
import { callIn, doorServer } from './door-server.js';

const LIMIT = 70_000;
/** What stands behind what came. */
const STRANGE = encoded(text('nobody sent this'));
const WAYS = ['as data', 'in place'] as const;
type Way = (typeof WAYS)[number];

/**
 * What a line receives, binary messages as hexadecimal digits, when its socket gives those chunks, the last of which should end it; and how
 * it ends then. In place, the memory in which a chunk comes has the next one afterwards.
 */
async function receive(
  way: Way,
  chunks: readonly Buffer[],
): Promise<{ readonly heard: string[]; readonly code: number }> {
  const heard: string[] = [];
  const place = Buffer.alloc(Math.max(...chunks.map(({ length }) => length)) + STRANGE.length);
  let give = (_chunk: Buffer): void => {};
  let end = (_code: number): void => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const websockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: LIMIT });
  await using server = await doorServer(({ request, socket, head }) =>
    websockets.handleUpgrade(request, socket, head, (websocket) => {
      const source = {
        socket,
        lead(reader: PlaceReader) {
          give = (chunk) => {
            if (way === 'as data') return void socket.emit('data', chunk);
            STRANGE.copy(place, chunk.copy(place));
            reader.read(place, chunk.length);
            place.fill(0xaa);
          };
        },
      };
      const limits = { maxPayload: LIMIT, backlogLimit: 1_000_000 };
      const line = new WebSocketLine({ websocket, source, peer: '', log: silent, ...limits });
      const frame = (data: Buffer, isBinary: boolean): void =>
        void heard.push(isBinary ? data.toString('hex') : data.toString());
      line.follow({ frame, closed: end }, () => undefined);
    }),
  );
  await using _caller = await callIn(`ws://127.0.0.1:${server.port}/x`);
  for (const chunk of chunks) give(chunk);
  const code = await ended;
  return { heard, code };
}

for (const way of WAYS)
  describe(`Frames of a line, read ${way}`, () => {
    it('arrive in their order, whatever they are and however they are cut', async () => {
      const one = fc.oneof(
        fc
          .string({ unit: 'binary' })
          .map((content) => ({ frames: [text(wellFormed(content))], heard: wellFormed(content) })),
        fc.constantFrom(0, 125, 126, 300, 65_535, 65_536, LIMIT).map((length) => {
          const content = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1);
          return { frames: [text(content)], heard: content };
        }),
        fc.constant({ frames: [PING], heard: undefined }),
        fc.constant({ frames: [{ first: 0x82, payload: Buffer.from([1, 0xff]) }], heard: '01ff' }),
        fc.constant({ frames: fragments('a', 'b', 'c'), heard: 'abc' }),
        fc.constant({ frames: fragments('x', 'y').toSpliced(1, 0, PING), heard: 'xy' }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(one, { maxLength: 8 }),
          fc.array(fc.nat(200_000), { maxLength: 8 }),
          async (all, places) => {
            const bytes = Buffer.concat([...all.flatMap(({ frames }) => frames), CLOSE].map(encoded));
            const { heard, code } = await receive(way, cut(bytes, places));
            expect(heard).to.deep.equal(all.flatMap((each) => (each.heard === undefined ? [] : [each.heard])));
            expect(code).to.equal(1000);
          },
        ),
        { numRuns: 30 },
      );
    });

    it('arrive when each byte comes by itself', async () => {
      const bytes = Buffer.concat([text('one'), PING, ...fragments('t', 'wo'), text('three'), CLOSE].map(encoded));
      const { heard, code } = await receive(
        way,
        Array.from(bytes, (byte) => Buffer.from([byte])),
      );
      expect(heard).to.deep.equal(['one', 'two', 'three']);
      expect(code).to.equal(1000);
    });

    it('end it where they are wrong, with the code that says why; none after that arrives', async () => {
      const unmasked = Buffer.from([0x81, 0x01, 0x61]);
      const cases: readonly (readonly [wrong: Buffer, code: number])[] = [
        [encoded({ first: 0x81, payload: Buffer.from([0x61, 0xff]) }), 1007],
        [encoded(text('x'.repeat(LIMIT + 1))), 1009],
        [unmasked, 1002],
        [encoded({ first: 0xc1, payload: Buffer.from('a') }), 1002],
        [encoded({ first: 0x80, payload: Buffer.from('a') }), 1002],
        [Buffer.concat([...fragments('a', 'b').slice(0, 1), text('c')].map(encoded)), 1002],
      ];
      for (const [wrong, code] of cases) {
        const result = await receive(way, [encoded(text('before')), Buffer.concat([wrong, encoded(text('after'))])]);
        expect(result).to.deep.equal({ heard: ['before'], code });
      }
    });

    it('are not received after that of the end', async () => {
      const { heard, code } = await receive(way, [
        Buffer.concat([text('a'), CLOSE, text('b')].map(encoded)),
        encoded(text('c')),
        encoded(CLOSE),
      ]);
      expect({ heard, code }).to.deep.equal({ heard: ['a'], code: 1000 });
    });
  });
