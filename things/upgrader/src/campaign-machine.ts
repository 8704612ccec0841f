import { type Campaign, type CampaignGroup, isBeforeStart, isCampaignEnded } from './campaign.js';
import { outcomeOf } from './campaign-status.js';
import type { Schedule } from './schedule.js';
import type { Counts } from './tally.js';
import { isBreached, isReached } from './threshold.js';

/** What happens to a campaign. */
export type CampaignEvent =
  | { readonly type: 'approve' | 'deny'; readonly by: string; readonly remark: string }
  /** Somebody starts it, or its time has come and its plan still holds. */
  | { readonly type: 'start' }
  /** Its time has come, and it cannot begin any more. */
  | { readonly type: 'invalidate'; readonly reason: string }
  | { readonly type: 'schedule'; readonly schedule: Schedule | null }
  | { readonly type: 'pause'; readonly reason: string }
  | { readonly type: 'resume' }
  | { readonly type: 'triggerNextGroup' }
  | { readonly type: 'cancel' }
  /** Its upgrades have gone on; of each group by its number, and of all. */
  | { readonly type: 'count'; readonly groups: readonly Counts[]; readonly all: Counts };

/** What came of an event: the campaign, the same as before if nothing is to be kept; or why it stays as it is. */
export type CampaignOutcome = { readonly campaign: Campaign } | { readonly refused: string };

/**
 * What becomes of a campaign by an event. Pure, as `advanceUpgrade` is. What its upgrades have to do follows from what it is, not from
 * what happened, so that it can be made up for after a crash: those of groups that have begun go on while it runs, none begins
 * while it is paused, all are cancelled once it is stopping or has ended.
 */
export function advanceCampaign(campaign: Campaign, event: CampaignEvent, now: number): CampaignOutcome {
  if (isCampaignEnded(campaign)) {
    return event.type === 'count' ? { campaign } : refuse(`The campaign has ended: ${campaign.phase}`);
  }
  switch (event.type) {
    case 'approve':
    case 'deny':
      return decide(campaign, event, now);
    case 'start':
      return start(campaign, now);
    case 'invalidate':
      if (!isBeforeStart(campaign)) return refuse('The campaign has begun');
      return finished(campaign, { phase: 'invalid', outcome: 'failed', reason: event.reason }, now);
    case 'schedule':
      return reschedule(campaign, event.schedule, now);
    case 'pause':
      return pause(campaign, event.reason, now);
    case 'resume':
      return resume(campaign, now);
    case 'triggerNextGroup':
      return triggerNextGroup(campaign, now);
    case 'cancel':
      return cancel(campaign, now);
    case 'count':
      return { campaign: evaluate(campaign, event, now) };
  }
}

const refuse = (refused: string): CampaignOutcome => ({ refused });

const changed = (campaign: Campaign, change: Partial<Campaign>, now: number): CampaignOutcome => ({
  campaign: { ...campaign, ...change, seq: campaign.seq + 1, modified: Math.max(now, campaign.modified) },
});

const finished = (campaign: Campaign, change: Partial<Campaign>, now: number): CampaignOutcome =>
  changed(campaign, { ...change, ended: now }, now);

/** Where a campaign waits whose start is allowed. */
const phaseBeforeStart = (schedule: Schedule | null): 'scheduled' | 'ready' =>
  schedule?.startAt ? 'scheduled' : 'ready';

function decide(
  campaign: Campaign,
  { type, by, remark }: Extract<CampaignEvent, { readonly by: string }>,
  now: number,
): CampaignOutcome {
  if (campaign.phase !== 'waiting-approval') return refuse('The campaign does not wait for an approval');
  if (type === 'deny') {
    const decision = { decision: 'denied', by, at: now, remark } as const;
    return finished(campaign, { phase: 'approval-denied', outcome: 'cancelled', decision }, now);
  }
  if (by === campaign.createdBy) return refuse('A campaign has to be approved by somebody else than its author');
  const decision = { decision: 'approved', by, at: now, remark } as const;
  return changed(campaign, { phase: phaseBeforeStart(campaign.schedule), decision }, now);
}

function start(campaign: Campaign, now: number): CampaignOutcome {
  if (campaign.phase === 'waiting-approval') return refuse('The campaign has not been approved');
  if (!isBeforeStart(campaign)) return refuse('The campaign has begun');
  return changed(campaign, { phase: 'running', started: now, groups: beginNext(campaign.groups) }, now);
}

function reschedule(campaign: Campaign, schedule: Schedule | null, now: number): CampaignOutcome {
  if (!isBeforeStart(campaign)) return refuse('The campaign has begun: its schedule cannot be changed');
  const phase = campaign.phase === 'waiting-approval' ? campaign.phase : phaseBeforeStart(schedule);
  return changed(campaign, { schedule, phase }, now);
}

function pause(campaign: Campaign, reason: string, now: number): CampaignOutcome {
  if (campaign.phase === 'paused') return { campaign };
  if (campaign.phase !== 'running') return refuse(`A campaign that is ${campaign.phase} cannot be paused`);
  return changed(campaign, { phase: 'paused', reason }, now);
}

function resume(campaign: Campaign, now: number): CampaignOutcome {
  if (campaign.phase === 'running') return { campaign };
  if (campaign.phase !== 'paused') return refuse(`A campaign that is ${campaign.phase} cannot be resumed`);
  const groups = campaign.groups.map((group) => (group.state === 'failed' ? { ...group, isOverruled: true } : group));
  return changed(campaign, { phase: 'running', reason: null, groups }, now);
}

function triggerNextGroup(campaign: Campaign, now: number): CampaignOutcome {
  if (campaign.phase !== 'running') return refuse('The campaign is not running');
  if (!campaign.groups.some(({ state }) => state === 'waiting')) return refuse('All groups have begun');
  return changed(campaign, { groups: beginNext(campaign.groups) }, now);
}

function cancel(campaign: Campaign, now: number): CampaignOutcome {
  if (campaign.phase === 'stopping') return { campaign };
  if (isBeforeStart(campaign)) return finished(campaign, { phase: 'cancelled', outcome: 'cancelled' }, now);
  return changed(campaign, { phase: 'stopping', reason: null }, now);
}

function beginNext(groups: readonly CampaignGroup[]): readonly CampaignGroup[] {
  const next = groups.findIndex(({ state }) => state === 'waiting');
  return groups.map((group, i) => (i === next ? { ...group, state: 'running' } : group));
}

type Counted = Extract<CampaignEvent, { readonly type: 'count' }>;

/** The error limit first, then the other: a group that is both has failed. */
function evaluate(campaign: Campaign, { groups: counted, all }: Counted, now: number): Campaign {
  if (isBeforeStart(campaign)) return campaign;
  let groups = campaign.groups.map((group, i) => judged(group, counted[i]));
  if (all.completed === all.total) {
    return settled(campaign, { groups, phase: 'ended', outcome: outcomeOf(all), reason: null, ended: now }, now);
  }
  const broken = groups.find(({ state, isOverruled }) => state === 'failed' && !isOverruled);
  if (campaign.phase !== 'running') return settled(campaign, { groups }, now);
  if (broken)
    return settled(
      campaign,
      { groups, phase: 'paused', reason: reasonOf(broken, counted[groups.indexOf(broken)]) },
      now,
    );
  while (
    groups.some(({ state }) => state === 'waiting') &&
    groups.every((group, i) => leavesTheWay(group, counted[i]))
  ) {
    groups = beginNext(groups).map((group, i) => judged(group, counted[i]));
  }
  return settled(campaign, { groups }, now);
}

function judged(group: CampaignGroup, counts: Counts | undefined): CampaignGroup {
  if (!counts || group.state === 'waiting' || group.state === 'finished' || group.state === 'failed') return group;
  const isOver = counts.completed === counts.total;
  if (isBreached(group.error, counts)) return { ...group, state: 'failed' };
  if (group.state === 'passed') return isOver ? { ...group, state: 'finished' } : group;
  if (isReached(group.success, counts)) return { ...group, state: isOver ? 'finished' : 'passed' };
  return isOver ? { ...group, state: 'failed' } : group;
}

/** Whether the group after this one may begin. */
const leavesTheWay = ({ state, isOverruled }: CampaignGroup, counts: Counts | undefined): boolean =>
  state === 'waiting' ||
  state === 'passed' ||
  state === 'finished' ||
  (state === 'failed' && isOverruled && counts?.completed === counts?.total);

const reasonOf = ({ name, error }: CampaignGroup, counts: Counts | undefined): string =>
  counts && isBreached(error, counts)
    ? `${counts.errors} of ${counts.total} upgrades of the group '${name}' went wrong`
    : `The group '${name}' has ended, and not enough of its upgrades succeeded`;

function settled(campaign: Campaign, change: Partial<Campaign>, now: number): Campaign {
  const isSame =
    (change.phase ?? campaign.phase) === campaign.phase &&
    change.groups?.every((group, i) => group.state === campaign.groups[i]?.state);
  if (isSame) return campaign;
  return { ...campaign, ...change, seq: campaign.seq + 1, modified: Math.max(now, campaign.modified) };
}
