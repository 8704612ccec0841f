import { formatMilliseconds } from '@thingwright/core';
import type { Campaign } from '../campaign.js';
import { campaignStatusOf, nextCampaignStatusOf, progressReport, rateOf } from '../campaign-status.js';
import type { Catalogue } from '../catalogue.js';
import { startOf } from '../schedule.js';
import type { Counts } from '../tally.js';
import type { Dialect } from '../wire/dialect.js';
import { isExtended } from '../wire/dialect.js';
import { buildObject } from './entry-objects.js';

/** A campaign as a batch (reference, section 8.2); its build is null once that is deleted. */
export async function batchObject({ builds, categories }: Catalogue, campaign: Campaign, dialect: Dialect) {
  const build = await builds.get(campaign.build);
  const category = build && (await categories.get(build.category));
  const { id, selection, options, created, modified } = campaign;
  return {
    id,
    build: category ? buildObject(build, category) : null,
    group: selection.group,
    location: selection.location,
    status: dialect === 'next' ? nextCampaignStatusOf(campaign) : campaignStatusOf(campaign),
    upgrade_options: options,
    created: formatMilliseconds(created),
    modified: formatMilliseconds(modified),
    ...(isExtended(dialect) ? extensionOf(campaign) : {}),
  };
}

/** What later clients know of a batch, by the names that they have for it (reference, section 14). */
function extensionOf({ phase, persistent, selection, schedule }: Campaign) {
  const start = schedule && startOf(schedule);
  return {
    phase,
    is_persistent: persistent,
    firmwareless: selection.firmwareless,
    scheduled_at: start === null ? null : formatMilliseconds(start),
  };
}

/** How far it is, in percent cut to integers. */
export const batchRates = (counts: Counts, dialect: Dialect) => ({
  progress_report: progressReport(counts, dialect === 'next' ? 'next' : 'now'),
  success_rate: rateOf(counts.success, counts.total),
  failed_rate: rateOf(counts.failed, counts.total),
  aborted_rate: rateOf(counts.aborted, counts.total),
  cancelled_rate: rateOf(counts.cancelled, counts.total),
});
