import type { Upgrade } from '@thingwright/listener';
import { expect } from 'chai';
import fc from 'fast-check';
import { openLines } from '../src/index.js';
import { callIn, doorServer } from './door-server.js';

const MASK = [0x37, 0xfa, 0x21, 0x3d];
const LIMIT = 70_000;

interface Frame {
  /** The first byte: FIN and opcode. */
  readonly first: number;
  readonly payload: Buffer;
}

const text = (content: string): Frame => ({ first: 0x81, payload: Buffer.from(content) });
const fragments = (...contents: readonly string[]): Frame[] =>
  contents.map((content, i) => ({
    first: (i === 0 ? 0x01 : 0) | (i === contents.length - 1 ? 0x80 : 0),
    payload: Buffer.from(content),
  }));
const PING: Frame = { first: 0x89, payload: Buffer.from('are you there') };
const CLOSE: Frame = { first: 0x88, payload: Buffer.from([0x03, 0xe8]) };

/** A frame as a client writes it, masked. */
function encoded({ first, payload }: Frame): Buffer {
  const { length } = payload;
  const head = [first, 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127)];
  if (length >= 65_536) head.push(0, 0, 0, 0, 0, length >> 16);
  if (length >= 126) head.push((length >> 8) & 0xff, length & 0xff);
  return Buffer.concat([Buffer.from([...head, ...MASK]), payload.map((byte, i) => byte ^ (MASK[i & 3] ?? 0))]);
}

/**
 * What a line receives, binary messages as hexadecimal digits, when its socket gives those chunks, the last of which should end it; and how
 * it ends then.
 */
async function receive(chunks: readonly Buffer[]): Promise<{ readonly heard: string[]; readonly code: number }> {
  const heard: string[] = [];
  await using lines = openLines({ maxPayload: LIMIT });
  let upgraded: Upgrade | undefined;
  let end: ((code: number) => void) | undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  await using server = await doorServer((upgrade) => {
    upgraded = upgrade;
    lines.accept(upgrade, '', () => ({
      frame: (data, isBinary) => void heard.push(isBinary ? data.toString('hex') : data.toString()),
      closed: (code) => end?.(code),
    }));
  });
  await using _caller = await callIn(`ws://127.0.0.1:${server.port}/x`);
  for (const chunk of chunks) upgraded?.socket.emit('data', chunk);
  const code = await ended;
  return { heard, code };
}

/** Text without half characters: UTF-8 has no word for these. */
const wellFormed = (content: string): string => Buffer.from(content).toString();

/** Cuts bytes into chunks at those places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => Buffer.from(bytes.subarray(ends[i - 1] ?? 0, end))).filter(({ length }) => length > 0);
}

describe('Frames of a line', () => {
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
          const { heard, code } = await receive(cut(bytes, places));
          expect(heard).to.deep.equal(all.flatMap((each) => (each.heard === undefined ? [] : [each.heard])));
          expect(code).to.equal(1000);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('arrive when each byte comes by itself', async () => {
    const bytes = Buffer.concat([text('one'), PING, ...fragments('t', 'wo'), text('three'), CLOSE].map(encoded));
    const { heard, code } = await receive(Array.from(bytes, (byte) => Buffer.from([byte])));
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
      const result = await receive([encoded(text('before')), Buffer.concat([wrong, encoded(text('after'))])]);
      expect(result).to.deep.equal({ heard: ['before'], code });
    }
  });

  it('are not received after that of the end', async () => {
    const { heard, code } = await receive([
      Buffer.concat([text('a'), CLOSE, text('b')].map(encoded)),
      encoded(text('c')),
      encoded(CLOSE),
    ]);
    expect({ heard, code }).to.deep.equal({ heard: ['a'], code: 1000 });
  });
});
