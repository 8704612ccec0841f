import { type Exposure, expose, type Principal, ThingError } from '@thingwright/core';
import { concatMap, filter, map } from 'rxjs';
import { CAMPAIGN_PHASES, type Campaign, isCampaignEnded } from '../campaign.js';
import { Campaigns } from '../campaigns.model.js';
import { coalesced } from '../coalesced.js';
import type { CampaignDesk } from '../desk/campaign-desk.js';
import type { Fleet } from '../fleet.js';
import type { Plan, SkippedDevice } from '../plan.js';
import { SKIP_REASONS } from '../plan.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { isAllowed, type Right, type UpgraderRights, visibleOrganizations } from '../upgrader-rights.js';
import { placesValue } from './campaign-places.js';
import { summaryOf } from './campaign-values.js';

/** What the Thing needs with which campaigns are made. */
export interface CampaignsParts {
  readonly record: UpgradeRecord;
  readonly campaigns: CampaignDesk;
  readonly rights: UpgraderRights;
  readonly fleet: Pick<Fleet, 'list' | 'group' | 'location'>;
  /** Whose campaigns it is for: null for those of shared categories. Default: all, for those who may see all. */
  readonly organization?: string | null;
  /** The local name of the Thing of a campaign. Default `campaign-<id>`. */
  readonly nameOf?: (campaign: Campaign) => string;
  /** Milliseconds between two values of the property, at least. Default 250. */
  readonly pace?: number;
}

const PACE = 250;
const MOST = 1000;
const ACTIVE = CAMPAIGN_PHASES.filter((phase) => !isCampaignEnded({ phase }));

/** The Thing with which campaigns are planned and made. Who may do that is asked of the rights, by the category of the build. */
export const campaigns = (parts: CampaignsParts): Exposure =>
  expose(Campaigns, () => {
    const { record, campaigns: desk, rights, fleet, organization, pace: interval = PACE } = parts;
    const { nameOf = ({ id }: Campaign): string => `campaign-${id}` } = parts;
    const table = record.tables.campaigns;
    const isOurs = (owner: string | null): boolean => organization === undefined || owner === organization;
    const ours = record.campaigns.pipe(filter(({ campaign }) => isOurs(campaign.organization)));
    const owners = organization === undefined ? undefined : [organization];

    const demand = async (build: string, right: Right, principal: Principal): Promise<void> => {
      const owner = (await desk.target(build)).category.organization;
      const isSeen = isOurs(owner) && isAllowed(rights, { principal, right: 'view' }, owner);
      if (!isSeen) throw new ThingError('notFound', `There is no build ${build}`);
      if (isAllowed(rights, { principal, right }, owner)) return;
      throw new ThingError('forbidden', `${principal.id} may not make campaigns there`);
    };

    const active = async () => {
      const { items } = await table.find({ phases: ACTIVE, organizations: owners, limit: MOST });
      return items.map(summaryOf);
    };

    return {
      properties: {
        active: {
          read: active,
          value: coalesced(ours, { key: () => '', interval }).pipe(concatMap(active)),
        },
        places: {
          read({ principal }) {
            const visible = visibleOrganizations(rights, principal);
            // A Thing of one organization is about its devices; one of shared campaigns about those of all.
            const own = typeof organization === 'string' ? [organization] : undefined;
            return placesValue(fleet, own?.filter((one) => visible?.includes(one) !== false) ?? visible);
          },
        },
      },
      actions: {
        async dryRun({ request, offset = 0, limit = 100 }, { principal }) {
          await demand(request.build, 'view', principal);
          const organizations = visibleOrganizations(rights, principal);
          const { plan } = await desk.plan(request, { organizations });
          const seen = seenBy(plan, organizations);
          return dryRunOf(plan, seen, { offset, limit });
        },
        async createCampaign(order, { principal }) {
          await demand(order.build, 'manage', principal);
          const organizations = visibleOrganizations(rights, principal);
          const { campaign, skipped } = await desk.create(order, { by: principal.id, organizations });
          return { campaign: campaign.id, name: nameOf(campaign), total: campaign.total, skipped };
        },
        async listCampaigns({ build, offset, limit }, { principal }) {
          const visible = visibleOrganizations(rights, principal);
          const seen = visible && [...visible, null];
          const organizations = owners?.filter((owner) => seen?.includes(owner) !== false) ?? seen;
          const { items, count } = await table.find({ build, organizations, offset, limit });
          return { campaigns: items.map(summaryOf), total: count };
        },
      },
      events: {
        campaignCreated: ours.pipe(
          filter(({ before }) => before === undefined),
          map(({ campaign }) => summaryOf(campaign)),
        ),
        campaignEnded: ours.pipe(
          filter(({ campaign, before }) => isCampaignEnded(campaign) && !(before && isCampaignEnded(before))),
          map(({ campaign }) => summaryOf(campaign)),
        ),
      },
    };
  });

type Seen = Pick<Plan, 'upgrades' | 'skipped'>;

/** What of a plan for all organizations is for those of some. */
const seenBy = ({ upgrades, skipped }: Plan, organizations: readonly string[] | undefined): Seen => ({
  upgrades: upgrades.filter(({ device }) => organizations?.includes(device.organization) !== false),
  skipped: skipped.filter((device) => organizations?.includes(device.organization) !== false),
});

function dryRunOf(
  { groups }: Plan,
  { upgrades, skipped }: Seen,
  { offset, limit }: { readonly offset: number; readonly limit: number },
) {
  return {
    total: upgrades.length,
    groups: groups.map(({ name }, number) => ({
      name,
      size: upgrades.reduce((size, { group }) => (group === number ? size + 1 : size), 0),
    })),
    upgrades: upgrades.slice(offset, offset + limit).map(({ device, image, firmware, group }) => ({
      device: device.id,
      deviceName: device.title,
      image: image.id,
      firmware,
      group,
    })),
    skippedTotal: skipped.length,
    skippedByReason: countReasons(skipped),
    skipped: skipped
      .slice(offset, offset + limit)
      .map(({ device, deviceName, reason }) => ({ device, deviceName, reason })),
  };
}

const countReasons = (skipped: readonly SkippedDevice[]) =>
  SKIP_REASONS.flatMap((reason) => {
    const count = skipped.filter((device) => device.reason === reason).length;
    return count === 0 ? [] : [{ reason, count }];
  });
