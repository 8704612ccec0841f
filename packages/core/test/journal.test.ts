import { expect } from 'chai';
import fc from 'fast-check';
import { Change } from '../src/change.js';
import { Journal, type JournalLimits } from '../src/journal.js';
import { NotificationIDs } from '../src/notification-ids.js';
import type { RecordedChanges } from '../src/recorded-changes.js';

const ORIGIN = { thing: 'urn:x', kind: 'property', name: 'p' } as const;
const IDS = new NotificationIDs('urn:x');
const everything = () => true;
const valuesOf = (changes: readonly Change[] | undefined) => changes?.map(({ value }) => value);
const emptyJournal = (limits: JournalLimits, now = 0) => new Journal(limits, IDS, { now: () => now });

/** Changes of one property that are recorded at once. */
const recorded = (
  first: number,
  contents: readonly { value: unknown; json: string | undefined }[],
): RecordedChanges => ({
  size: contents.length,
  first,
  names: ['p'],
  nameAt: () => 0,
  numberAt: () => Number.NaN,
  textAt: () => '',
  values: () => new Map(),
  valueAt: (i) => contents[i]?.value,
  jsonAt: (i) => contents[i]?.json,
  originAt: () => ORIGIN,
  streamAt: () => undefined,
});

function journalOf(times: readonly number[], limits: JournalLimits, now = Math.max(0, ...times)) {
  const journal = emptyJournal(limits, now);
  const changes = times.map((time) => {
    journal.append(ORIGIN, time, time * 1000);
    return new Change(ORIGIN, { value: time, micros: time * 1000 }, IDS);
  });
  return { journal, changes };
}

describe('A journal', () => {
  it('gives what came after a change', () => {
    const { journal, changes } = journalOf([1, 2, 3, 4], {});
    expect(journal.since(2000, everything)).to.deep.equal(changes.slice(2));
    expect(journal.since(4000, everything)).to.deep.equal([]);
    expect(valuesOf(journal.after(1999, everything))).to.deep.equal([2, 3, 4]);
    expect(valuesOf(journal.after(2000, everything))).to.deep.equal([3, 4]);
  });

  it('gives all that it keeps, oldest first, but nothing that is too old or not covered', () => {
    const { journal, changes } = journalOf([1, 2, 3, 4, 5], { count: 4, age: 2 }, 5);
    expect(journal.kept(everything)).to.deep.equal(changes.slice(2));
    expect(journal.kept(({ value }) => value !== 4)).to.deep.equal([changes[2], changes[4]]);
    expect(emptyJournal({ count: 0 }, 5).kept(everything)).to.deep.equal([]);
  });

  it('gives values of all sorts back as they were, the same change with the same id each time', () => {
    const journal = emptyJournal({ count: 40 }, 100);
    const values = Array.from({ length: 100 }, (_, i) => [i, `${i}`, { i }, null, true, -0.5][i % 6]);
    for (const [i, value] of values.entries()) journal.append(ORIGIN, value, i * 1000);
    const first = journal.since(68_000, everything);
    const again = journal.since(68_000, everything);
    expect(valuesOf(first)).to.deep.equal(values.slice(69));
    expect(first?.map(({ micros }) => micros)).to.deep.equal(values.slice(69).map((_, i) => (69 + i) * 1000));
    expect(again?.map(({ id }) => id)).to.deep.equal(first?.map(({ id }) => id));
  });

  it('takes changes at once; keeps of a value its JSON where that is there, and gives both back', () => {
    const taken = [
      { value: 1.5, json: undefined },
      { value: { a: [1] }, json: '{"a": [1]}' },
      { value: '{"a": [1]}', json: undefined },
      { value: 'x', json: '"x"' },
    ];
    const journal = emptyJournal({ count: 3 }, 1);
    journal.appendAll(recorded(1, taken));
    expect(journal.hasForgotten(0)).to.equal(true);
    const contents = journal.after(1, everything).map(({ value, json, micros }) => ({ value, json, micros }));
    expect(contents).to.deep.equal(taken.slice(1).map((content, i) => ({ ...content, micros: i + 2 })));
    const none = emptyJournal({ count: 0 }, 1);
    none.appendAll(recorded(1, taken));
    expect([none.hasForgotten(3), none.hasForgotten(4), none.kept(everything).length]).to.deep.equal([true, false, 0]);
  });

  it('rests where a memory has all as well, but for what comes while somebody asks that', () => {
    let present = 0;
    const memory = { last: 500 };
    const journal = new Journal({ count: 100 }, IDS, { now: () => present, memory });
    expect(journal.since(500, everything), 'nothing came after the last one').to.deep.equal([]);
    memory.last = 1000;
    journal.append(ORIGIN, 1, 1000);
    expect(journal.kept(everything)).to.deep.equal([]);
    expect(journal.since(500, everything)).to.equal(undefined);
    expect([journal.hasForgotten(999), journal.hasForgotten(1000)]).to.deep.equal([true, false]);
    journal.hold(1000);
    for (let i = 1; i <= 100; i++) journal.append(ORIGIN, i, 1000 + i);
    expect(journal.after(1000, everything)).to.have.length(100);
    expect(journal.since(1000, everything)).to.have.length(100);
    expect(journal.hasForgotten(1000)).to.equal(false);
    present = 60_000;
    journal.appendAll(recorded(present * 1000, [{ value: 'x', json: '"x"' }]));
    expect(journal.after(0, everything)).to.deep.equal([]);
    expect([journal.hasForgotten(1100), journal.hasForgotten(present * 1000)]).to.deep.equal([true, false]);
  });

  it('is short beside a memory while somebody observes, and for a while longer', () => {
    let present = 0;
    let micros = 0;
    const journal = new Journal({ count: 100 }, IDS, { now: () => present, memory: { last: 0 } });
    const append = (count: number): void => {
      for (let i = 0; i < count; i++) journal.append(ORIGIN, micros, ++micros);
    };
    append(10);
    journal.join(10);
    append(90);
    expect(valuesOf(journal.kept(everything))).to.deep.equal(Array.from({ length: 64 }, (_, i) => 36 + i));
    expect([journal.hasForgotten(35), journal.hasForgotten(36)]).to.deep.equal([true, false]);
    present = 60_000;
    micros = present * 1000;
    append(1);
    expect(valuesOf(journal.since(100, everything))).to.deep.equal([present * 1000]);
    journal.hold(micros);
    append(50);
    expect(journal.kept(everything)).to.have.length(100);
    journal.leave(micros);
    micros += 40_000_000;
    append(1);
    expect(journal.kept(everything)).to.deep.equal([]);
  });

  it('gives only what is asked for', () => {
    const { journal } = journalOf([1, 2, 3, 4], {});
    const even = (change: Change): boolean => Number(change.value) % 2 === 0;
    expect(valuesOf(journal.since(1000, even))).to.deep.equal([2, 4]);
  });

  it('gives nothing after a moment that it does not know', () => {
    const { journal } = journalOf([1, 2], {});
    for (const moment of [0, 999, 1500, 2001, 1e12]) expect(journal.since(moment, everything)).to.equal(undefined);
    expect(emptyJournal({}).since(0, everything)).to.equal(undefined);
  });

  it('keeps as many as it may, and knows what it has forgotten', () => {
    const { journal, changes } = journalOf([1, 2, 3, 4], { count: 2 });
    expect(journal.since(2000, everything)).to.equal(undefined);
    expect(journal.since(3000, everything)).to.deep.equal([changes[3]]);
    expect(journal.hasForgotten(1999)).to.equal(true);
    expect(journal.hasForgotten(2000)).to.equal(false);
    const none = journalOf([1], { count: 0 });
    expect(none.journal.since(1000, everything)).to.equal(undefined);
    expect(none.journal.hasForgotten(999)).to.equal(true);
  });

  it('keeps them as long as it may', () => {
    const { journal } = journalOf([1000, 2000, 3000], { age: 1000 }, 3000);
    expect(journal.since(1_000_000, everything)).to.equal(undefined);
    expect(journal.since(2_000_000, everything)).to.have.length(1);
  });

  it('refuses limits that are none', () => {
    for (const limits of [{ count: -1 }, { count: 1.5 }, { count: Number.NaN }, { age: -1 }, { age: Number.NaN }]) {
      expect(() => emptyJournal(limits)).to.throw(RangeError);
    }
  });

  it('answers as a list of everything would that is cut by count and age', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 });
    const limits = fc.record({ count: fc.integer({ min: 0, max: 12 }), age: fc.integer({ min: 0, max: 200 }) });
    fc.assert(
      fc.property(steps, limits, fc.nat(60), (gaps, { count, age }, pick) => {
        let time = 0;
        const times = gaps.map((gap) => {
          time += gap;
          return time;
        });
        const { journal, changes } = journalOf(times, { count, age }, time);
        const kept = changes.slice(Math.max(0, changes.length - count)).filter((c) => c.micros >= (time - age) * 1000);
        const reference = changes[pick];
        const found = reference ? kept.indexOf(reference) : -1;
        expect(journal.since(reference?.micros ?? -1, everything)).to.deep.equal(
          found < 0 ? undefined : kept.slice(found + 1),
        );
      }),
    );
  });
});
