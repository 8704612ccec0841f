import { expect } from 'chai';
import fc from 'fast-check';
import {
  advanceCampaign,
  type Campaign,
  type CampaignEvent,
  type Counts,
  isBeforeStart,
  isCampaignEnded,
  NO_COUNTS,
} from '../src/index.js';
import { campaignOf, groupOf, START } from './fixture.js';

const NOW = START + 1000;
const counts = (total: number, some: Partial<Counts> = {}): Counts => {
  const { success = 0, failed = 0, aborted = 0, cancelled = 0 } = some;
  const completed = success + failed + aborted + cancelled;
  return { ...NO_COUNTS, total, ...some, completed, inProgress: total - completed, errors: failed };
};

const sum = (groups: readonly Counts[]): Counts =>
  groups.reduce(
    (all, one) => ({
      total: all.total + one.total,
      inProgress: all.inProgress + one.inProgress,
      success: all.success + one.success,
      failed: all.failed + one.failed,
      aborted: all.aborted + one.aborted,
      cancelled: all.cancelled + one.cancelled,
      completed: all.completed + one.completed,
      pending: all.pending + one.pending,
      errors: all.errors + one.errors,
    }),
    NO_COUNTS,
  );

const count = (...groups: readonly Counts[]): CampaignEvent => ({ type: 'count', groups, all: sum(groups) });

function after(campaign: Campaign, ...events: readonly CampaignEvent[]): Campaign {
  return events.reduce((before, event) => {
    const outcome = advanceCampaign(before, event, NOW);
    if ('refused' in outcome) throw new Error(`${event.type}: ${outcome.refused}`);
    return outcome.campaign;
  }, campaign);
}

const refusal = (campaign: Campaign, event: CampaignEvent): string => {
  const outcome = advanceCampaign(campaign, event, NOW);
  return 'refused' in outcome ? outcome.refused : 'not refused';
};

const states = ({ groups }: Campaign) => groups.map(({ state }) => state);
const start = { type: 'start' } as const;
const resume = { type: 'resume' } as const;
const trigger = { type: 'triggerNextGroup' } as const;
const limits = { success: { percent: 50 }, error: { count: 1 } };
const staged = (): Campaign =>
  campaignOf(1, {
    groups: [groupOf('canary', 4, limits), groupOf('half', 10, limits), groupOf('rest', 10)],
    total: 24,
  });

describe('the machine of campaigns', () => {
  it('begins with its first group', () => {
    const campaign = after(staged(), start);
    expect(campaign).to.include({ phase: 'running', started: NOW, seq: 2 });
    expect(states(campaign)).to.deep.equal(['running', 'waiting', 'waiting']);
    expect(refusal(campaign, start)).to.equal('The campaign has begun');
  });

  it('begins with the next group when enough of one succeeded, and the rest of that goes on', () => {
    let campaign = after(staged(), start, count(counts(4, { success: 1 }), counts(10), counts(10)));
    expect(states(campaign)).to.deep.equal(['running', 'waiting', 'waiting']);
    campaign = after(campaign, count(counts(4, { success: 2 }), counts(10), counts(10)));
    expect(states(campaign)).to.deep.equal(['passed', 'running', 'waiting']);
    campaign = after(campaign, count(counts(4, { success: 4 }), counts(10, { success: 10 }), counts(10)));
    expect(states(campaign)).to.deep.equal(['finished', 'finished', 'running']);
  });

  it('is paused when too many of a group went wrong, even if enough succeeded', () => {
    const campaign = after(staged(), start, count(counts(4, { success: 2, failed: 2 }), counts(10), counts(10)));
    expect(campaign).to.include({
      phase: 'paused',
      reason: "2 of 4 upgrades of the group 'canary' went wrong",
    });
    expect(states(campaign)).to.deep.equal(['failed', 'waiting', 'waiting']);
  });

  it('is paused when a group has ended and not enough of it succeeded', () => {
    const campaign = after(staged(), start, count(counts(4, { cancelled: 3, success: 1 }), counts(10), counts(10)));
    expect(campaign.phase).to.equal('paused');
    expect(campaign.reason).to.equal("The group 'canary' has ended, and not enough of its upgrades succeeded");
  });

  it('does not judge a group again that somebody has overruled', () => {
    const broken = counts(4, { failed: 2 });
    let campaign = after(staged(), start, count(broken, counts(10), counts(10)), resume);
    expect(campaign).to.include({ phase: 'running', reason: null });
    const worse = count(counts(4, { failed: 3 }), counts(10), counts(10));
    campaign = after(campaign, worse);
    expect(states(campaign)).to.deep.equal(['failed', 'waiting', 'waiting']);
    expect(campaign.phase).to.equal('running');
    campaign = after(campaign, count(counts(4, { failed: 4 }), counts(10), counts(10)));
    expect(states(campaign)).to.deep.equal(['failed', 'running', 'waiting']);
  });

  it('begins with the next group when somebody says so', () => {
    const campaign = after(staged(), start, trigger, trigger);
    expect(states(campaign)).to.deep.equal(['running', 'running', 'running']);
    expect(refusal(campaign, trigger)).to.equal('All groups have begun');
    expect(refusal(staged(), trigger)).to.equal('The campaign is not running');
  });

  it('begins with no group while it is paused, and makes up for it when it is resumed', () => {
    const enough = count(counts(4, { success: 4 }), counts(10), counts(10));
    const campaign = after(staged(), start, { type: 'pause', reason: 'lunch' }, enough);
    expect(states(campaign)).to.deep.equal(['finished', 'waiting', 'waiting']);
    expect(states(after(campaign, resume, enough))).to.deep.equal(['finished', 'running', 'waiting']);
    expect(after(campaign, { type: 'pause', reason: 'again' })).to.equal(campaign);
  });

  it('ends when all its upgrades have, in whatever phase it is', () => {
    const all = count(counts(4, { success: 4 }), counts(10, { cancelled: 10 }), counts(10, { success: 10 }));
    for (const event of [start, { type: 'pause', reason: 'x' } as const, { type: 'cancel' } as const]) {
      const campaign = event.type === 'start' ? after(staged(), start) : after(staged(), start, event);
      expect(after(campaign, all)).to.include({ phase: 'ended', outcome: 'cancelled', ended: NOW, reason: null });
    }
    expect(after(after(staged(), start), count(counts(0), counts(0), counts(0)))).to.include({ outcome: 'cancelled' });
  });

  it('needs the approval of somebody else, if it needs one', () => {
    const campaign = campaignOf(1, { phase: 'waiting-approval', needsApproval: true });
    expect(refusal(campaign, start)).to.equal('The campaign has not been approved');
    const own = { type: 'approve', by: 'user:ada', remark: '' } as const;
    expect(refusal(campaign, own)).to.match(/by somebody else/);
    const approved = after(campaign, { type: 'approve', by: 'user:bob', remark: 'fine' });
    expect(approved).to.deep.include({
      phase: 'ready',
      decision: { decision: 'approved', by: 'user:bob', at: NOW, remark: 'fine' },
    });
    expect(after(approved, start).phase).to.equal('running');
    const denied = after(campaign, { type: 'deny', by: 'user:ada', remark: 'no' });
    expect(denied).to.include({ phase: 'approval-denied', outcome: 'cancelled', ended: NOW });
    expect(refusal(denied, { type: 'approve', by: 'user:bob', remark: '' })).to.match(/has ended/);
  });

  it('can be scheduled until it has begun', () => {
    const schedule = { timeZone: 'Europe/Berlin', startAt: '2026-12-24T22:00:00', windows: [] };
    const scheduled = after(staged(), { type: 'schedule', schedule });
    expect(scheduled).to.include({ phase: 'scheduled', schedule });
    expect(after(scheduled, { type: 'schedule', schedule: null }).phase).to.equal('ready');
    const waiting = campaignOf(1, { phase: 'waiting-approval', needsApproval: true });
    for (const other of [schedule, null]) {
      const rescheduled = after(waiting, { type: 'schedule', schedule: other });
      expect(rescheduled.phase).to.equal('waiting-approval', 'it has not been approved by that');
      expect(refusal(rescheduled, start)).to.match(/has not been approved/);
    }
    expect(refusal(after(scheduled, start), { type: 'schedule', schedule: null })).to.match(/cannot be changed/);
    expect(after(scheduled, { type: 'invalidate', reason: 'no build' })).to.include({
      phase: 'invalid',
      outcome: 'failed',
    });
    expect(after(scheduled, { type: 'cancel' })).to.include({ phase: 'cancelled', outcome: 'cancelled' });
  });

  it('changes nothing where nothing is different', () => {
    const campaign = after(staged(), start);
    expect(after(campaign, count(counts(4), counts(10), counts(10)))).to.equal(campaign);
    expect(after(staged(), count(counts(4), counts(10), counts(10))).seq).to.equal(1);
  });

  it('holds what it promises in every history', () => {
    const events = fc.constantFrom<CampaignEvent['type']>(
      ...(['start', 'pause', 'resume', 'triggerNextGroup', 'cancel', 'count', 'count', 'count'] as const),
    );
    const ends = fc.constantFrom(...(['success', 'failed', 'cancelled', 'none'] as const));
    fc.assert(
      fc.property(fc.array(fc.tuple(events, ends), { maxLength: 60 }), (history) => {
        let campaign = campaignOf(1, { groups: [groupOf('a', 3, limits), groupOf('b', 3, limits)], total: 6 });
        const done = campaign.groups.map(() => ({ success: 0, failed: 0, cancelled: 0 }));
        for (const [type, ended] of history) {
          const group = campaign.groups.findIndex(
            ({ state, size }, i) => state !== 'waiting' && sizeOf(done[i]) < size,
          );
          const one = done[group];
          if (type === 'count' && one && ended !== 'none' && !isCampaignEnded(campaign)) one[ended] += 1;
          const event = eventOf(
            type,
            campaign.groups.map(({ size }, i) => counts(size, done[i])),
          );
          const outcome = advanceCampaign(campaign, event, NOW);
          if ('refused' in outcome) continue;
          const before = campaign;
          campaign = outcome.campaign;
          if (isCampaignEnded(before)) expect(campaign).to.equal(before);
          expect(isCampaignEnded(campaign)).to.equal(campaign.outcome !== null);
          if (!isBeforeStart(before)) expect(isBeforeStart(campaign)).to.equal(false);
          expect(campaign.total).to.equal(6);
          before.groups.forEach(({ state }, i) => {
            if (state !== 'waiting') expect(campaign.groups[i]?.state).not.to.equal('waiting');
          });
          const begins = before.groups.some(
            ({ state }, i) => state === 'waiting' && campaign.groups[i]?.state !== 'waiting',
          );
          if (begins) expect(campaign.phase).to.equal('running');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

const sizeOf = (done: Readonly<Record<string, number>> | undefined): number =>
  Object.values(done ?? {}).reduce((all, one) => all + one, 0);

function eventOf(type: CampaignEvent['type'], groups: readonly Counts[]): CampaignEvent {
  switch (type) {
    case 'count':
      return count(...groups);
    case 'pause':
      return { type, reason: 'x' };
    case 'cancel':
    case 'resume':
    case 'triggerNextGroup':
      return { type };
    default:
      return start;
  }
}
