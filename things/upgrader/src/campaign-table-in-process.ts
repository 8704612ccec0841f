import { ThingError } from '@thingwright/core';
import { type Campaign, isCampaignEnded } from './campaign.js';
import type { CampaignQuery, CampaignTable, UpgradeTables } from './campaign-table.js';
import type { SkippedDevice } from './plan.js';
import { type UpgradesInProcess, upgradeTableInProcess } from './upgrade-table-in-process.js';

/** Keeps upgrades and campaigns until the process ends: for tests and for programs without a store. */
export function upgradeTablesInProcess(): UpgradeTables {
  const upgrades = upgradeTableInProcess();
  return { upgrades, campaigns: campaignTableInProcess(upgrades) };
}

const LATEST_FIRST: NonNullable<CampaignQuery['order']> = { by: 'created', isDescending: true };

function campaignTableInProcess(upgrades: UpgradesInProcess): CampaignTable {
  const rows = new Map<string, Campaign>();
  const leftOut = new Map<string, readonly SkippedDevice[]>();
  const requested = (createdBy: string, clientKey: string) =>
    [...rows.values()].find((row) => row.createdBy === createdBy && row.clientKey === clientKey);
  return {
    get: async (id) => rows.get(id),
    requested: async (createdBy, clientKey) => requested(createdBy, clientKey),
    async add(campaign, added, skipped) {
      const { id, createdBy, clientKey } = campaign;
      if (rows.has(id)) throw new ThingError('conflict', `There is a campaign ${id}`);
      if (clientKey !== null && requested(createdBy, clientKey)) {
        throw new ThingError('conflict', `The key '${clientKey}' was used before`);
      }
      const positions = upgrades.addNow(added);
      rows.set(id, campaign);
      leftOut.set(id, skipped);
      return positions;
    },
    async replace(campaign, expected) {
      if (rows.get(campaign.id)?.seq !== expected) return false;
      rows.set(campaign.id, campaign);
      return true;
    },
    async find({ order = LATEST_FIRST, offset = 0, limit = 100, ...query } = {}) {
      const sign = order.isDescending ? -1 : 1;
      const all = [...rows.values()].filter(fitting(query)).sort((a, b) => {
        if (a[order.by] !== b[order.by]) return a[order.by] < b[order.by] ? -sign : sign;
        return a.id < b.id ? -1 : 1;
      });
      return { items: all.slice(offset, offset + limit), count: all.length };
    },
    async skipped(id, { offset = 0, limit = 100 } = {}) {
      const all = leftOut.get(id) ?? [];
      return { items: all.slice(offset, offset + limit), count: all.length };
    },
    async remove(id) {
      const row = rows.get(id);
      if (!row || !isCampaignEnded(row)) return false;
      rows.delete(id);
      leftOut.delete(id);
      upgrades.removeCampaign(id);
      return true;
    },
  };
}

const fitting =
  ({ build, organizations, phases, outcomes, created }: CampaignQuery) =>
  (campaign: Campaign): boolean =>
    (build === undefined || campaign.build === build) &&
    (organizations === undefined || organizations.includes(campaign.organization)) &&
    (phases === undefined || phases.includes(campaign.phase)) &&
    (outcomes === undefined || (campaign.outcome !== null && outcomes.includes(campaign.outcome))) &&
    (created === undefined || campaign.created === created);
