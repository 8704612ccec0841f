import { type Log, silent } from '@thingwright/core';
import type { CampaignRows, Store, UpgradeRows } from '@thingwright/store';
import {
  type CampaignTable,
  PHASES,
  type Phase,
  SKIP_REASONS,
  type SkippedDevice,
  tailOf,
  type Upgrade,
  type UpgradeTable,
  type UpgradeTables,
} from '@thingwright/upgrader';
import { toCampaignRow, toNewRow, toReplacement } from './kept-upgrades.js';
import { type ReadableRows, readableRows } from './readable-rows.js';

/** Rows among which the next one is looked for that is due, where some cannot be read. */
const PAGE = 100;

/**
 * Upgrades and campaigns in a store. What cannot be read is told of in the log, once, and left as it is: it is missing in lists, not in what they
 * count, and whoever asks for that one gets a ThingError `conflict`.
 */
export function upgradeTablesIn(
  { upgrades, campaigns }: Pick<Store, 'upgrades' | 'campaigns'>,
  log: Log = silent,
): UpgradeTables {
  const readable = readableRows(log);
  return { upgrades: upgradeTableIn(upgrades, readable), campaigns: campaignTableIn(campaigns, readable) };
}

const upgradeTableIn = (rows: UpgradeRows, { upgrade: read, upgrades: readAll }: ReadableRows): UpgradeTable => ({
  position: () => rows.position(),
  get: async (id) => optional(await rows.get(id), read),
  getAll: async (ids) => readAll(await rows.getAll(ids)),
  holding: async (device) => optional(await rows.holding(device), read),
  heldDevices: () => rows.heldDevices(),
  requested: async (requestedBy, clientKey) => optional(await rows.requested(requestedBy, clientKey), read),
  add: (added, superseded = []) => rows.add(added.map(toNewRow), superseded.map(toReplacement)),
  replace: (replacement) => rows.replace(toReplacement(replacement)),
  renew: (leases, holder, until) => rows.renew(leases, holder, until),
  async find(query) {
    const { items, count } = await rows.find(query);
    return { items: readAll(items), count };
  },
  async changes(after, { limit = 1000, ...filter } = {}) {
    const items: { readonly position: number; readonly upgrade: Upgrade }[] = [];
    for (let position = after; ; ) {
      const wanted = limit - items.length;
      const part = await rows.changes(position, { ...filter, limit: wanted });
      position = part.position;
      for (const row of part.items)
        for (const upgrade of readAll([row])) items.push({ position: row.position, upgrade });
      if (part.items.length < wanted || items.length === limit) return { items, position };
    }
  },
  async tally(campaign) {
    const { counts, position } = await rows.tally(campaign);
    // Of one in a phase that is not known here nobody can say that it has ended.
    const phaseOf = (phase: string): Phase => (isPhase(phase) ? phase : 'outcome-unknown');
    return { counts: counts.map(({ group, phase, count }) => ({ group, phase: phaseOf(phase), count })), position };
  },
  async due(moment, limit) {
    const found: Upgrade[] = [];
    for (let offset = 0; ; offset += limit) {
      const part = await rows.due(moment, limit, offset);
      found.push(...readAll(part));
      if (part.length < limit || found.length >= limit) return found.slice(0, limit);
    }
  },
  async nextDue() {
    // Most often all can be read.
    for (let offset = 0, limit = 1; ; offset += limit, limit = PAGE) {
      const part = await rows.due(Number.MAX_SAFE_INTEGER, limit, offset);
      const next = part.find((row) => readAll([row]).length > 0);
      if (next || part.length < limit) return next?.due ?? undefined;
    }
  },
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

const campaignTableIn = (rows: CampaignRows, { campaign: read, campaigns: readAll }: ReadableRows): CampaignTable => ({
  get: async (id) => optional(await rows.get(id), read),
  requested: async (createdBy, clientKey) => optional(await rows.requested(createdBy, clientKey), read),
  add: (campaign, upgrades, skipped) => rows.add(toCampaignRow(campaign), upgrades.map(toNewRow), skipped),
  replace: (campaign, expected) => rows.replace(toCampaignRow(campaign), expected),
  async find(query) {
    const { items, count } = await rows.find(query);
    return { items: readAll(items), count };
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

const isPhase = (phase: string): phase is Phase => phase in PHASES;

const optional = <Row, T>(row: Row | undefined, read: (row: Row) => T): T | undefined =>
  row === undefined ? undefined : read(row);
