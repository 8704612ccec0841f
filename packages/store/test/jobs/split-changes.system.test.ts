import { expect } from 'chai';
import fc from 'fast-check';
import { changeAt, type ReadChange } from '../../src/change-cursor.js';
import { ColumnCursor } from '../../src/column-cursor.js';
import { type ColumnChange, toColumns } from '../../src/group.js';
import type { Lasting } from '../../src/jobs/retention.js';
import { ChangeSplitter } from '../../src/jobs/split-changes.js';
import { type Piece, PieceCursor } from '../../src/piece.js';
import { latestOf, standingAfter } from '../../src/standing.js';
import { Unsettled } from '../../src/unsettled.js';
import { changesOfThings } from '../fixture/change-columns.js';

const retention = (lasting: (name: number) => Lasting) => ({ raw: undefined, means: undefined, lasting });

function read(piece: Piece | undefined): readonly ReadChange[] {
  const found: ReadChange[] = [];
  const cursor = new PieceCursor(piece?.bytes ?? new Uint8Array(0));
  while (cursor.next()) found.push(changeAt(cursor));
  return found;
}

const change = (name: number, micros: number, value: number | string): ColumnChange => ({
  ...{ thing: 1, name, micros, invoker: undefined },
  ...(typeof value === 'number' ? { number: value, text: '' } : { number: Number.NaN, text: value }),
});

describe('ChangeSplitter', () => {
  it('writes the changes of each Thing, and tells what each name was last, from any number of groups', () => {
    const splitter = new ChangeSplitter();
    const names = new Set([...Array(13).keys(), 16, 127, 128, 5000, 2 ** 32 - 1]);
    fc.assert(
      fc.property(changesOfThings, fc.nat({ max: 60 }), (changes, cut) => {
        const unsettled = new Unsettled();
        unsettled.add(1, toColumns(changes.slice(0, cut)));
        unsettled.add(2, toColumns(changes.slice(cut)));
        for (const [thing, runs] of unsettled.byThing()) {
          const { lasting, passing, told } = splitter.split(
            runs,
            retention((name) => (name % 2 ? 'all' : 'none')),
          );
          const all = [...read(lasting), ...read(passing)].sort((a, b) => a.micros - b.micros);
          const cursor = new ColumnCursor(runs);
          const wanted: ReadChange[] = [];
          while (cursor.next()) wanted.push(changeAt(cursor));
          expect(all, `${thing}`).to.deep.equal(wanted);
          expect(read(lasting).every(({ name }) => name % 2)).to.equal(true);
          expect(read(passing).some(({ name }) => name % 2)).to.equal(false);
          const latest = latestOf(new ColumnCursor(runs));
          expect(JSON.parse(standingAfter('{}', told, names))).to.deep.equal(
            JSON.parse(standingAfter('{}', latest, names)),
          );
        }
      }),
    );
  });

  it('lets objects and arrays pass where only single values last', () => {
    const changes = [
      ...[change(1, 1, 0.5), change(1, 2, '{"a":1}'), change(1, 3, '"text"'), change(1, 4, ' [1]'), change(1, 5, '')],
      change(1, 6, 0.75),
    ];
    const unsettled = new Unsettled();
    unsettled.add(1, toColumns(changes));
    const { lasting, passing, told } = new ChangeSplitter().split(
      unsettled.runsOf(1),
      retention(() => 'single'),
    );
    expect(read(lasting).map(({ micros, value }) => [micros, value])).to.deep.equal([
      [1, 0.5],
      [3, 'text'],
      [5, undefined],
      [6, 0.75],
    ]);
    expect(read(passing).map(({ value }) => value)).to.deep.equal([{ a: 1 }, [1]]);
    expect(standingAfter('{"1":[0,0],"2":[true,7]}', told, new Set([1, 2]))).to.equal('{"2":[true,7],"1":[0.75,6]}');
    expect(standingAfter('{}', told, new Set([2]))).to.equal('{}');
  });
});
