import type { Campaign, CampaignStatus } from './campaign.js';
import type { Counts } from './tally.js';

/** The statuses of the next generation of clients: only who asks for them gets `scheduled`. */
export type NextCampaignStatus = CampaignStatus | 'scheduled';

/**
 * What clients are told of a campaign (reference, sections 6 and 15); the one function for sockets, REST, its filters and Things.
 * It is in progress until it has ended, even if all its upgrades have: between the two something may still be decided.
 */
export function campaignStatusOf({ phase, outcome }: Pick<Campaign, 'phase' | 'outcome'>): CampaignStatus {
  if (outcome !== null) return outcome;
  return phase === 'running' || phase === 'paused' || phase === 'stopping' ? 'in-progress' : 'idle';
}

/** The same for the next generation of clients. */
export const nextCampaignStatusOf = (campaign: Pick<Campaign, 'phase' | 'outcome'>): NextCampaignStatus =>
  campaign.phase === 'scheduled' ? 'scheduled' : campaignStatusOf(campaign);

/** What a campaign comes to when all its upgrades have ended (reference, section 6). One that has none left is `cancelled`. */
export function outcomeOf({ failed, aborted, success, total }: Counts): CampaignStatus {
  if (failed + aborted > 0) return 'failed';
  return total > 0 && success === total ? 'success' : 'cancelled';
}

/** `3 out of 4`; for the next generation `3 complete, 1 pending` while some are (reference, sections 6 and 14.1). */
export const progressReport = ({ completed, total, pending }: Counts, generation: 'now' | 'next'): string =>
  generation === 'next' && pending > 0 ? `${completed} complete, ${pending} pending` : `${completed} out of ${total}`;

/** A share in percent, cut to an integer; 0 of nothing. */
export const rateOf = (count: number, total: number): number => (total === 0 ? 0 : Math.floor((count * 100) / total));
