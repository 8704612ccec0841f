import { expect } from 'chai';
import fc from 'fast-check';
import { AffordanceLedger } from '../../faults/affordance-ledger.js';

/** A ledger of numbers that came, with `gap` where one was told. */
function ledgerOf(...entries: readonly (number | 'gap' | readonly [number, number])[]): AffordanceLedger {
  const ledger = new AffordanceLedger();
  for (const entry of entries) {
    if (entry === 'gap') ledger.gap();
    else if (typeof entry === 'number') ledger.take(entry);
    else ledger.take(...entry);
  }
  return ledger;
}

const CLEAN = { conflated: 0, duplicates: 0, losses: 0, overstated: 0, gaps: 0, needlessGaps: 0, missed: 0 };

describe('A ledger', () => {
  it('is content with numbers that follow each other, from wherever they begin', () => {
    expect(ledgerOf(5, 6, 7).counts).to.deep.equal({ ...CLEAN, notifications: 3 });
  });

  it('counts what comes twice, and what comes late, as a duplicate', () => {
    expect(ledgerOf(5, 5, 6, 4, 7).counts).to.deep.equal({ ...CLEAN, notifications: 5, duplicates: 2 });
  });

  it('counts what is missing as lost, but as missed after a gap', () => {
    expect(ledgerOf(5, 8).counts).to.include({ losses: 2, missed: 0 });
    expect(ledgerOf(5, 'gap', 8).counts).to.include({ losses: 0, missed: 2, gaps: 1, needlessGaps: 0 });
    expect(ledgerOf(5, 'gap', 8, 10).counts).to.include({ losses: 1, missed: 2 });
  });

  it('tells gaps after which nothing is missing, once for all that were told in a row', () => {
    expect(ledgerOf(5, 'gap', 'gap', 6).counts).to.include({ gaps: 2, needlessGaps: 1, missed: 0 });
  });

  it('takes a notification for as many changes as it says, no fewer and no more', () => {
    expect(ledgerOf(5, [9, 4]).counts).to.include({ conflated: 3, losses: 0 });
    expect(ledgerOf(5, [9, 3]).counts).to.include({ losses: 1 });
    expect(ledgerOf(5, [9, 5]).counts).to.include({ overstated: 1, losses: 0 });
  });

  it('counts what is missing at the end', () => {
    const ledger = ledgerOf(5, 6);
    ledger.close(9);
    expect(ledger.counts.losses).to.equal(3);
    const told = ledgerOf(5, 'gap');
    told.close(9);
    expect(told.counts).to.include({ losses: 0, missed: 4 });
  });

  it('counts every number that is left out, whichever those are', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (comes) => {
        const ledger = ledgerOf(0, ...comes.flatMap((does, i) => (does ? [i + 1] : [])));
        ledger.close(comes.length);
        expect(ledger.counts.losses).to.equal(comes.filter((does) => !does).length);
      }),
    );
  });
});
