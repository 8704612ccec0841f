import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { createEventStreamParser } from '../src/event-stream-parser.js';

function parse(pieces: readonly Uint8Array[]): unknown[] {
  const found: unknown[] = [];
  const take = createEventStreamParser({
    event: (event) => found.push(event),
    comment: (text) => found.push(['comment', text]),
    retry: (milliseconds) => found.push(['retry', milliseconds]),
  });
  for (const piece of pieces) take(piece);
  return found;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const STREAM =
  '\ufeff: hello\nevent: wind\nid: 7\ndata: 8.4\n\n:\ndata: {"ä":\r\ndata: "😀"}\r\n\r\nretry: 2500\rid:\rdata\r\revent: rain\ndata:\n\nid: lost';

describe('createEventStreamParser', () => {
  it('reads events, comments and retries', () => {
    expect(parse([bytes(STREAM)])).to.deep.equal([
      ['comment', 'hello'],
      { event: 'wind', data: '8.4', id: '7' },
      ['comment', ''],
      { event: 'message', data: '{"ä":\n"😀"}', id: '7' },
      ['retry', 2500],
      { event: 'message', data: '', id: '' },
      { event: 'rain', data: '', id: '' },
    ]);
  });

  it('reads the same wherever the bytes are cut', () => {
    const whole = bytes(STREAM);
    const expected = parse([whole]);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
        expect(parse(places.slice(1).map((end, i) => whole.subarray(places[i], end)))).to.deep.equal(expected);
      }),
    );
  });

  it('never throws at any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (pieces) => {
        expect(parse(pieces)).to.be.an('array');
      }),
    );
  });

  it('refuses a line without end', () => {
    const piece = bytes('x'.repeat(4 * 1024 * 1024));
    expect(() => parse([piece, piece, piece, piece, piece])).to.throw(RangeError);
  });

  it('keeps nothing of the bytes alive for who keeps the ids', () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    const heap = (): number => {
      if (typeof collect === 'function') collect();
      return process.memoryUsage().heapUsed;
    };
    const ids: string[] = [];
    const take = createEventStreamParser({ event: ({ id }) => ids.push(id), comment() {}, retry() {} });
    const before = heap();
    const picture = 'x'.repeat(131_072);
    for (let i = 0; i < 200; i++)
      take(bytes(`id: 2026-03-04T06:17:31.${String(i).padStart(6, '0')}Z\ndata: ${picture}\n\n`));
    expect(heap() - before).to.be.below(5_000_000);
    expect(new Set(ids).size).to.equal(200);
  });
});
