import { expect } from 'chai';
import { byteRangeOf } from '../src/byte-range.js';

describe('byteRangeOf', () => {
  const asked: readonly [string, ReturnType<typeof byteRangeOf>][] = [
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=0-99', { start: 0, end: 100 }],
    ['bytes=0-999999999999999999999', { start: 0, end: 100 }],
    ['bytes=10-', { start: 10, end: 100 }],
    ['bytes=99-', { start: 99, end: 100 }],
    ['bytes=-1', { start: 99, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
    ['Bytes= 5-6 ', { start: 5, end: 7 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=100-200', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=6-5', undefined],
    ['bytes=-', undefined],
    ['bytes=', undefined],
    ['bytes=a-b', undefined],
    ['bytes=0x1-2', undefined],
    ['bytes=1.5-2', undefined],
    ['bytes=0-1,5-6', undefined],
    ['items=0-1', undefined],
    ['', undefined],
  ];
  for (const [header, part] of asked) {
    it(`takes '${header}' of 100 bytes for ${JSON.stringify(part) ?? 'none'}`, () => {
      expect(byteRangeOf(header, 100)).to.deep.equal(part);
    });
  }

  it('finds no part of an empty file', () => {
    for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
      expect(byteRangeOf(header, 0)).to.equal('unsatisfiable');
    }
  });
});
