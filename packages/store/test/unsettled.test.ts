import { expect } from 'chai';
import fc from 'fast-check';
import { ColumnCursor } from '../src/column-cursor.js';
import { type ColumnChange, toColumns } from '../src/group.js';
import { Unsettled } from '../src/unsettled.js';
import { changesOfThings } from './fixture/change-columns.js';

function read(unsettled: Unsettled, thing: number): readonly ColumnChange[] {
  const cursor = new ColumnCursor(unsettled.runsOf(thing));
  const changes: ColumnChange[] = [];
  while (cursor.next()) {
    const { name, micros, number, text, invoker } = cursor;
    changes.push({ thing, name, micros, number, text, invoker });
  }
  return changes;
}

describe('Unsettled', () => {
  it('gives the changes of each Thing, in the order of the groups', () => {
    fc.assert(
      fc.property(changesOfThings, fc.nat({ max: 60 }), (changes, cut) => {
        const unsettled = new Unsettled();
        unsettled.add(1, toColumns(changes.slice(0, cut)));
        unsettled.add(2, toColumns(changes.slice(cut)));
        const things = new Set(changes.map(({ thing }) => thing));
        expect(new Set(unsettled.byThing().keys())).to.deep.equal(things);
        for (const thing of things) {
          expect(read(unsettled, thing)).to.deep.equal(changes.filter((change) => change.thing === thing));
        }
        expect(unsettled.size).to.equal(changes.length);
        const texts = changes.map(({ number, text }) => (Number.isNaN(number) ? Buffer.byteLength(text) : 0));
        expect(unsettled.bytes).to.equal(texts.reduce((sum, each) => sum + each, changes.length * 24));
      }),
    );
  });

  it('has a group once, in its place, until it is dropped', () => {
    const unsettled = new Unsettled();
    const group = (micros: number): Parameters<Unsettled['add']>[1] =>
      toColumns([{ thing: 1, name: 1, micros, number: 1, text: '', invoker: undefined }]);
    unsettled.add(7, group(70));
    unsettled.add(3, group(30));
    unsettled.add(3, group(30));
    unsettled.add(5, group(50));
    expect(read(unsettled, 1).map(({ micros }) => micros)).to.deep.equal([30, 50, 70]);
    expect([unsettled.size, unsettled.bytes]).to.deep.equal([3, 72]);
    unsettled.drop([3, 7]);
    expect(unsettled.ids).to.deep.equal([5]);
    expect(unsettled.size).to.equal(1);
    expect(unsettled.nextID()).to.equal(8);
  });

  it('takes as many groups as processes leave behind that are killed again and again', () => {
    const unsettled = new Unsettled();
    const changes = toColumns([{ thing: 1, name: 1, micros: 1, number: 1, text: '', invoker: undefined }]);
    // To look at all of them with each would take a minute.
    for (let id = 1; id <= 40_000; id++) unsettled.add(id, changes);
    expect(unsettled.size).to.equal(40_000);
  });

  it('is certain only of what was compared after the last doubt', () => {
    const unsettled = new Unsettled();
    expect(unsettled.isCertain).to.equal(false);
    const { doubts } = unsettled;
    unsettled.doubt();
    unsettled.trust(doubts);
    expect(unsettled.isCertain).to.equal(false);
    unsettled.trust(unsettled.doubts);
    expect(unsettled.isCertain).to.equal(true);
  });
});
