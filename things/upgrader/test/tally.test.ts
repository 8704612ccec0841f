import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Counts,
  campaignStatusOf,
  createTally,
  isBreached,
  isReached,
  NO_COUNTS,
  nextCampaignStatusOf,
  outcomeOf,
  type Phase,
  progressReport,
  rateOf,
} from '../src/index.js';
import { PHASE_NAMES } from '../src/phase.js';

const counts = (some: Partial<Counts>): Counts => ({ ...NO_COUNTS, ...some });

describe('a tally', () => {
  it('counts what those count who begin anew', () => {
    const anyPhase = fc.constantFrom(...PHASE_NAMES);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), anyPhase), { maxLength: 50 }), (moves) => {
        const [kept, rows] = [createTally(), new Map<number, Phase>()];
        for (const [id, phase] of moves) {
          kept.move(id % 2, rows.get(id), phase);
          rows.set(id, phase);
        }
        const anew = createTally([...rows].map(([id, phase]) => ({ group: id % 2, phase, count: 1 })));
        for (const group of [undefined, 0, 1, 2]) {
          expect(kept.counts(group)).to.deep.equal(anew.counts(group));
          expect(kept.phases(group)).to.deep.equal(anew.phases(group));
        }
        const { total, completed, inProgress, success, failed, aborted, cancelled } = kept.counts();
        expect(total).to.equal(rows.size);
        expect(completed).to.equal(total - inProgress);
        expect(completed).to.equal(success + failed + aborted + cancelled);
      }),
    );
  });

  it('counts as errors what went wrong, not what somebody has decided', () => {
    const tally = createTally([
      { group: 0, phase: 'failed', count: 1 },
      { group: 0, phase: 'rolled-back', count: 2 },
      { group: 0, phase: 'precondition-failed', count: 4 },
      { group: 0, phase: 'superseded', count: 8 },
      { group: 0, phase: 'cancelled', count: 16 },
      { group: 0, phase: 'paused', count: 32 },
    ]);
    expect(tally.counts()).to.include({ errors: 7, completed: 31, pending: 32, aborted: 12, failed: 3 });
  });
});

describe('what a campaign comes to', () => {
  it('is failed if one failed or was aborted, whatever else', () => {
    expect(outcomeOf(counts({ failed: 1, cancelled: 1, success: 2, total: 4 }))).to.equal('failed');
    expect(outcomeOf(counts({ aborted: 1, success: 3, total: 4 }))).to.equal('failed');
  });

  it('is cancelled if one was, or if none is left', () => {
    expect(outcomeOf(counts({ cancelled: 1, success: 3, total: 4 }))).to.equal('cancelled');
    expect(outcomeOf(NO_COUNTS)).to.equal('cancelled');
  });

  it('is success if all succeeded', () => {
    expect(outcomeOf(counts({ success: 4, total: 4 }))).to.equal('success');
  });
});

describe('what clients are told of a campaign', () => {
  it('is its phase until it has ended, and then what it came to', () => {
    const told = (['waiting-approval', 'ready', 'scheduled', 'running', 'paused', 'stopping'] as const).map((phase) => [
      campaignStatusOf({ phase, outcome: null }),
      nextCampaignStatusOf({ phase, outcome: null }),
    ]);
    expect(told).to.deep.equal([
      ['idle', 'idle'],
      ['idle', 'idle'],
      ['idle', 'scheduled'],
      ['in-progress', 'in-progress'],
      ['in-progress', 'in-progress'],
      ['in-progress', 'in-progress'],
    ]);
    expect(campaignStatusOf({ phase: 'ended', outcome: 'success' })).to.equal('success');
    expect(nextCampaignStatusOf({ phase: 'approval-denied', outcome: 'cancelled' })).to.equal('cancelled');
  });

  it('has a report and rates that are cut', () => {
    expect(progressReport(counts({ completed: 3, total: 4, pending: 1 }), 'now')).to.equal('3 out of 4');
    expect(progressReport(counts({ completed: 3, total: 4, pending: 1 }), 'next')).to.equal('3 complete, 1 pending');
    expect(progressReport(counts({ completed: 4, total: 4 }), 'next')).to.equal('4 out of 4');
    expect([rateOf(2, 3), rateOf(0, 0), rateOf(3, 3)]).to.deep.equal([66, 0, 100]);
  });
});

describe('a threshold', () => {
  it('of errors is breached by more than it says, in percent or in devices', () => {
    expect(isBreached({ percent: 10 }, counts({ errors: 1, total: 10 }))).to.equal(false);
    expect(isBreached({ percent: 10 }, counts({ errors: 2, total: 10 }))).to.equal(true);
    expect(isBreached({ count: 0 }, counts({ errors: 1, total: 1000 }))).to.equal(true);
    expect(isBreached({ percent: 50, count: 2 }, counts({ errors: 3, total: 1000 }))).to.equal(true);
    expect(isBreached({}, counts({ errors: 10, total: 10 }))).to.equal(false);
  });

  it('of success is reached by all that it says', () => {
    expect(isReached({ percent: 80 }, counts({ success: 8, total: 10 }))).to.equal(true);
    expect(isReached({ percent: 80, count: 9 }, counts({ success: 8, total: 10 }))).to.equal(false);
    expect(isReached({ count: 100 }, counts({ success: 10, total: 10 }))).to.equal(true);
    expect(isReached({}, counts({ success: 9, completed: 10, total: 10 }))).to.equal(true);
    expect(isReached({}, counts({ success: 9, completed: 9, total: 10 }))).to.equal(false);
  });
});
