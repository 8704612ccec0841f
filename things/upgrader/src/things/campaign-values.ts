import { formatMilliseconds } from '@thingwright/core';
import type { Campaign } from '../campaign.js';
import { campaignStatusOf } from '../campaign-status.js';
import type { Counts, Tally } from '../tally.js';
import type { Threshold } from '../threshold.js';

/** A campaign with its counts, as of one moment. */
export interface CampaignView {
  readonly campaign: Campaign;
  readonly all: Counts;
  readonly groups: readonly Counts[];
}

/** Looks at a campaign and its tally now. */
export const viewOf = (campaign: Campaign, tally: Tally): CampaignView => ({
  campaign,
  all: tally.counts(),
  groups: campaign.groups.map((_, group) => tally.counts(group)),
});

const timeOrNull = (moment: number | null): string | null => (moment === null ? null : formatMilliseconds(moment));

/** What a campaign is for, and who had it made. */
export const detailsValue = ({ campaign }: CampaignView) => ({
  id: campaign.id,
  name: campaign.name,
  build: campaign.build,
  version: campaign.version,
  category: campaign.category,
  options: campaign.options,
  persistent: campaign.persistent,
  createdBy: campaign.createdBy,
  needsApproval: campaign.needsApproval,
  decision: campaign.decision && { ...campaign.decision, at: formatMilliseconds(campaign.decision.at) },
  retryOf: campaign.retryOf,
  reason: campaign.reason,
  created: formatMilliseconds(campaign.created),
  started: timeOrNull(campaign.started),
  ended: timeOrNull(campaign.ended),
});

/** Its groups, with how far each is. */
export const groupsValue = ({ campaign, groups }: CampaignView) =>
  campaign.groups.map(({ name, state, size, success, error }, i) => {
    const {
      total = 0,
      inProgress = 0,
      pending = 0,
      success: done = 0,
      failed = 0,
      aborted = 0,
      cancelled = 0,
    } = groups[i] ?? {};
    const counts = { total, inProgress, pending, success: done, failed, aborted, cancelled };
    return { name, state, size, success: shareOf(success), error: shareOf(error), counts };
  });

const shareOf = ({ percent, count }: Threshold) => ({
  ...(percent === undefined ? {} : { percent }),
  ...(count === undefined ? {} : { count }),
});

/** How far it is. */
export const batchStatusValue = ({ campaign, all: { completed, total, pending } }: CampaignView) => ({
  status: campaignStatusOf(campaign),
  completed,
  total,
  pending,
});

/** A schedule as its Thing shows it. */
export const scheduleValue = ({ campaign: { schedule } }: CampaignView) =>
  schedule && { ...schedule, windows: schedule.windows.map((window) => ({ ...window, days: [...window.days] })) };

/** A campaign in a list. */
export const summaryOf = (campaign: Campaign) => ({
  campaign: campaign.id,
  name: campaign.name,
  build: campaign.build,
  version: campaign.version,
  status: campaignStatusOf(campaign),
  phase: campaign.phase,
  total: campaign.total,
  created: formatMilliseconds(campaign.created),
});
