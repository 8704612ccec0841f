import { type Log, silent } from '@thingwright/core';
import type { CampaignRows, Store, UpgradeRows } from '@thingwright/store';
import {
  type Campaign,
  type CampaignTable,
  PHASES,
  type Phase,
  SKIP_REASONS,
  type SkippedDevice,
  tailOf,
  type UpgradeTable,
  type UpgradeTables,
} from '@thingwright/upgrader';
import { toCampaign, toCampaignRow, toNewRow, toReplacement, toUpgrade } from './kept-upgrades.js';

/** Characters of an unreadable row that the log shows: its id is among them. */
const SHOWN = 200;

/** Upgrades and campaigns in a store. A campaign that cannot be read is told of in the log, and missing in lists, not in what they count. */
export const upgradeTablesIn = (
  { upgrades, campaigns }: Pick<Store, 'upgrades' | 'campaigns'>,
  log: Log = silent,
): UpgradeTables => ({
  upgrades: upgradeTableIn(upgrades),
  campaigns: campaignTableIn(campaigns, log),
});

const upgradeTableIn = (rows: UpgradeRows): UpgradeTable => ({
  position: () => rows.position(),
  get: async (id) => optional(await rows.get(id), toUpgrade),
  getAll: async (ids) => (await rows.getAll(ids)).map(toUpgrade),
  holding: async (device) => optional(await rows.holding(device), toUpgrade),
  heldDevices: () => rows.heldDevices(),
  requested: async (requestedBy, clientKey) => optional(await rows.requested(requestedBy, clientKey), toUpgrade),
  add: (added, superseded = []) => rows.add(added.map(toNewRow), superseded.map(toReplacement)),
  replace: (replacement) => rows.replace(toReplacement(replacement)),
  renew: (leases, holder, until) => rows.renew(leases, holder, until),
  async find(query) {
    const { items, count } = await rows.find(query);
    return { items: items.map(toUpgrade), count };
  },
  async changes(after, query) {
    const { items, position } = await rows.changes(after, query);
    return { items: items.map((row) => ({ position: row.position, upgrade: toUpgrade(row) })), position };
  },
  async tally(campaign) {
    const { counts, position } = await rows.tally(campaign);
    return {
      counts: counts.flatMap(({ group, phase, count }) => (isPhase(phase) ? [{ group, phase, count }] : [])),
      position,
    };
  },
  due: async (moment, limit) => (await rows.due(moment, limit)).map(toUpgrade),
  nextDue: () => rows.nextDue(),
  log: (id, from, limit) => rows.log(id, from, limit),
  async tails(ids, characters) {
    const tails = await rows.tails(ids, characters);
    return new Map(
      [...tails].map(([id, entries]) => {
        const { text, omitted } = tailOf(entries, characters);
        return [id, { text, omitted: omitted + (entries[0]?.number ?? 0) }];
      }),
    );
  },
  remove: (id) => rows.remove(id),
});

const campaignTableIn = (rows: CampaignRows, log: Log): CampaignTable => ({
  get: async (id) => optional(await rows.get(id), toCampaign),
  requested: async (createdBy, clientKey) => optional(await rows.requested(createdBy, clientKey), toCampaign),
  add: (campaign, upgrades, skipped) => rows.add(toCampaignRow(campaign), upgrades.map(toNewRow), skipped),
  replace: (campaign, expected) => rows.replace(toCampaignRow(campaign), expected),
  async find(query) {
    const { items, count } = await rows.find(query);
    return { items: items.flatMap((row) => readable(row, log)), count };
  },
  async skipped(id, page) {
    const { items, count } = await rows.skipped(id, page);
    return {
      items: items.flatMap((row): readonly SkippedDevice[] => {
        const reason = SKIP_REASONS.find((known) => known === row.reason);
        return reason === undefined ? [] : [{ ...row, reason }];
      }),
      count,
    };
  },
  remove: (id) => rows.remove(id),
});

/** One that nobody can read is no reason to do without the others. */
function readable(row: string, log: Log): readonly Campaign[] {
  try {
    return [toCampaign(row)];
  } catch (error) {
    log.error({ error, kept: row.slice(0, SHOWN) }, 'a campaign is left out: it cannot be read');
    return [];
  }
}

const isPhase = (phase: string): phase is Phase => phase in PHASES;

const optional = <Row, T>(row: Row | undefined, read: (row: Row) => T): T | undefined =>
  row === undefined ? undefined : read(row);
