import { expect } from 'chai';
import fc from 'fast-check';
import type { Change } from '../src/change.js';
import { Journal, type JournalLimits } from '../src/journal.js';

const ORIGIN = { thing: 'urn:x', kind: 'property', name: 'p' } as const;
const everything = () => true;

function journalOf(times: readonly number[], limits: JournalLimits, now = Math.max(0, ...times)) {
  const journal = new Journal(limits, () => now);
  const changes = times.map((time) => journal.appendChange(ORIGIN, time, { micros: time * 1000 }));
  return { journal, changes };
}

describe('A journal', () => {
  it('gives what came after a notification, by its id and by its time', () => {
    const { journal, changes } = journalOf([1, 2, 3, 4], {});
    const [, second, third, fourth] = changes;
    for (const reference of [second?.id, second?.time]) {
      expect(journal.since(reference ?? '', everything)).to.deep.equal({
        resume: 'complete',
        missed: [third, fourth],
      });
    }
  });

  it('gives all that it keeps, oldest first, but nothing that is too old or not covered', () => {
    const { journal, changes } = journalOf([1, 2, 3, 4, 5], { count: 4, age: 2 }, 5);
    expect(journal.kept(everything)).to.deep.equal(changes.slice(2));
    expect(journal.kept(({ value }) => value !== 4)).to.deep.equal([changes[2], changes[4]]);
    expect(new Journal({ count: 0 }, () => 5).kept(everything)).to.deep.equal([]);
  });

  it('makes notifications of changes that nobody had asked for, the same ones each time', () => {
    const journal = new Journal({ count: 40 }, () => 100);
    const values = Array.from({ length: 100 }, (_, i) => [i, `${i}`, { i }, null, true, -0.5][i % 6]);
    const known = values.map((value, i) => {
      if (i % 7 !== 5) return journal.append(ORIGIN, value, i * 1000);
      return journal.appendChange(ORIGIN, value, { micros: i * 1000 });
    });
    const from = known[68];
    const first = journal.since(from?.time ?? '', everything);
    const again = journal.since(from?.id ?? '', everything);
    expect(first.missed.map(({ value }) => value)).to.deep.equal(values.slice(69));
    expect(first.missed.map(({ micros }) => micros)).to.deep.equal(values.slice(69).map((_, i) => (69 + i) * 1000));
    expect(again.missed.map(({ id }) => id)).to.deep.equal(first.missed.map(({ id }) => id));
  });

  it('makes anew what it was told not to keep, when somebody asks', () => {
    const journal = new Journal({}, () => 1);
    let made = 0;
    const again = () => ({ made: ++made });
    const seen = journal.appendChange(ORIGIN, { first: true }, { micros: 1, again });
    journal.append(ORIGIN, again, 2);
    expect(made).to.equal(0);
    expect(journal.since(seen.id, everything).missed.map(({ value }) => value)).to.deep.equal([{ made: 1 }]);
  });

  it('gives nothing after the last one', () => {
    const { journal, changes } = journalOf([1, 2], {});
    expect(journal.since(changes[1]?.time ?? '', everything)).to.deep.equal({ resume: 'complete', missed: [] });
  });

  it('gives only what is asked for', () => {
    const { journal, changes } = journalOf([1, 2, 3, 4], {});
    const even = (change: Change): boolean => Number(change.value) % 2 === 0;
    expect(journal.since(changes[0]?.time ?? '', even).missed.map(({ value }) => value)).to.deep.equal([2, 4]);
  });

  it('calls it a gap when it does not know the reference', () => {
    const { journal } = journalOf([1, 2], {});
    for (const reference of ['', 'x', '2026-03-04T06:17:31.009001Z', '__proto__']) {
      expect(journal.since(reference, everything)).to.deep.equal({ resume: 'gap', missed: [] });
    }
    expect(new Journal({}, () => 0).since('x', everything).resume).to.equal('gap');
  });

  it('keeps as many as it may', () => {
    const { journal, changes } = journalOf([1, 2, 3, 4], { count: 2 });
    expect(journal.since(changes[1]?.time ?? '', everything).resume).to.equal('gap');
    expect(journal.since(changes[2]?.time ?? '', everything)).to.deep.equal({
      resume: 'complete',
      missed: [changes[3]],
    });
    const none = journalOf([1], { count: 0 });
    expect(none.journal.since(none.changes[0]?.time ?? '', everything).resume).to.equal('gap');
  });

  it('keeps them as long as it may', () => {
    const { journal, changes } = journalOf([1000, 2000, 3000], { age: 1000 }, 3000);
    expect(journal.since(changes[0]?.time ?? '', everything).resume).to.equal('gap');
    expect(journal.since(changes[1]?.time ?? '', everything).resume).to.equal('complete');
  });

  it('refuses limits that are none', () => {
    for (const limits of [{ count: -1 }, { count: 1.5 }, { count: Number.NaN }, { age: -1 }, { age: Number.NaN }]) {
      expect(() => new Journal(limits, () => 0)).to.throw(RangeError);
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
        expect(journal.since(reference?.id ?? 'none', everything)).to.deep.equal(
          found < 0 ? { resume: 'gap', missed: [] } : { resume: 'complete', missed: kept.slice(found + 1) },
        );
      }),
    );
  });
});
