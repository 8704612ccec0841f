import { expect } from 'chai';
import fc from 'fast-check';
import { wholeRun } from '../src/column-cursor.js';
import { StoreError } from '../src/engine/store-error.js';
import { type ColumnChange, toColumns } from '../src/group.js';
import { ChangeSplitter } from '../src/jobs/split-changes.js';
import { type Piece, PieceCursor } from '../src/piece.js';
import { changesOfThings } from './fixture/change-columns.js';

const THING = 1;

const splitter = new ChangeSplitter();
const pieceOf = (changes: readonly ColumnChange[]): Piece | undefined =>
  splitter.split([wholeRun(toColumns(changes))], { raw: undefined, means: undefined, lasting: () => 'all' }).lasting;
const write = (changes: readonly ColumnChange[]): Uint8Array => pieceOf(changes)?.bytes ?? new Uint8Array(0);

function read(bytes: Uint8Array): readonly ColumnChange[] {
  const cursor = new PieceCursor(bytes);
  const changes: ColumnChange[] = [];
  while (cursor.next()) {
    const { name, micros, number, text, invoker } = cursor;
    changes.push({ thing: THING, name, micros, number, text, invoker });
  }
  return changes;
}

const number = (value: number, micros: number, name = 1): ColumnChange => ({
  ...{ thing: THING, name, micros, number: value },
  ...{ text: '', invoker: undefined },
});
const text = (json: string, micros: number, invoker?: string): ColumnChange => ({
  ...{ thing: THING, name: 2, micros, number: Number.NaN },
  ...{ text: json, invoker },
});
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('A piece', () => {
  it('gives back changes as they were, also of several that were joined', () => {
    const changesOfThing = changesOfThings.map((all) => all.map((change) => ({ ...change, thing: THING })));
    fc.assert(
      fc.property(changesOfThing, fc.nat({ max: 60 }), (changes, cut) => {
        const pieces = [write(changes.slice(0, cut)), write(changes.slice(cut))];
        expect(read(Buffer.concat(pieces))).to.deep.equal(changes);
      }),
    );
  });

  it('gives back every number exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (numbers) => {
        const found = read(write(numbers.map((each, i) => number(each, i))));
        expect(found.map((change) => change.number)).to.deep.equal(numbers);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.maxSafeInteger(), fc.nat({ max: 12 })), { minLength: 1 }), (decimals) => {
        const numbers = decimals.map(([digits, places]) => Number(`${digits}e-${places}`));
        const found = read(write(numbers.map((each, i) => number(each, i))));
        expect(found.map((change) => change.number)).to.deep.equal(numbers);
      }),
    );
  });

  it('says how many changes it has, and when the first and the last were', () => {
    expect(pieceOf([])).to.equal(undefined);
    expect(pieceOf([number(1, 500), number(2, 700)])).to.include({ count: 2, start: 500, until: 700 });
    expect(pieceOf([number(3, 900)])).to.include({ count: 1, start: 900, until: 900 });
  });

  it('is these bytes', () => {
    expect(hex(write([]))).to.equal('');
    expect(hex(write([number(50.5, 300), number(50.4, 301), number(50, 302), number(50.25, 303)]))).to.equal(
      // Mark, count, 300; name 1 with one decimal: 505, 1 less, 4 less; two decimals: 5025.
      `0104ac02${'0c0001f207'}${'0b0201'}${'0b0207'}${'0c0202c24e'}`,
    );
    expect(hex(write([number(0.1 + 0.2, 0)]))).to.equal('0101000a00343333333333d33f');
    expect(hex(write([text('', 5), text('"é"', 4, 'a')]))).to.equal(
      '010205' + '1000' + '050161' + '110104' + '22c3a922',
    );
  });

  it('of samples as devices send them takes three bytes or four for a number', () => {
    const changes = Array.from({ length: 900 }, (_, i) =>
      number(Math.round(2000 * Math.sin(i / 90) * (1 + (i % 9))) / 10, Math.floor(i / 9) * 1_000_000 + (i % 9), i % 9),
    );
    expect(write(changes).length / changes.length).to.be.within(3, 4.6);
  });

  it('is refused wherever it is cut, and if it begins otherwise; and nothing is read beyond it', () => {
    const whole = write([number(50.5, 300), text('"text"', 301, 'user:ada'), number(0.1 + 0.2, 2 ** 50), number(1, 7)]);
    const refused = (bytes: Uint8Array): unknown => {
      try {
        return read(bytes);
      } catch (error) {
        return error;
      }
    };
    for (let end = 1; end < whole.length; end++) {
      const error = refused(whole.subarray(0, end));
      expect(error, `${end}`).to.be.instanceOf(StoreError).with.property('code', 'failed');
    }
    expect(refused(Uint8Array.of(3, ...whole))).to.be.instanceOf(StoreError);
    expect(read(Buffer.concat([whole, Buffer.of(9)]).subarray(0, whole.length))).to.have.length(4);
  });

  it('of any bytes gives changes or is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          read(Uint8Array.of(1, ...bytes));
        } catch (error) {
          expect(error).to.be.instanceOf(StoreError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
