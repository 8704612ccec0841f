import { ThingError } from '@thingwright/core';
import { createDueQueue } from './due-queue.js';
import { positionLog } from './position-log.js';
import type { PhaseCount } from './tally.js';
import { dueOf, holdsDevice, type Lease, type Upgrade } from './upgrade.js';
import { tailOf } from './upgrade-log.js';
import { fits, inOrder } from './upgrade-search.js';
import type { LogEntry, NewUpgrade, Replacement, UpgradeFilter, UpgradeTable } from './upgrade-table.js';

/** An UpgradeTable, with what the table of campaigns beside it needs. */
export interface UpgradesInProcess extends UpgradeTable {
  /** As `add`, at once. */
  addNow(added: readonly NewUpgrade[], superseded?: readonly Replacement[]): readonly number[];
  /** Removes all of a campaign. */
  removeCampaign(campaign: string): void;
}

/** Keeps upgrades until the process ends: for tests and for programs without a store. */
export function upgradeTableInProcess(): UpgradesInProcess {
  const rows = new Map<string, Upgrade>();
  const logs = new Map<string, LogEntry[]>();
  const holding = new Map<string, string>();
  const requested = new Map<string, string>();
  const campaigns = new Map<string, Set<string>>();
  const devices = new Map<string, Set<string>>();
  const due = createDueQueue<Upgrade>((a, b) => a.created - b.created || a.place - b.place);
  const positions = positionLog();

  const keyOf = (requestedBy: string, clientKey: string) => JSON.stringify([requestedBy, clientKey]);

  const schedule = (upgrade: Upgrade) => {
    const moment = dueOf(upgrade);
    if (moment !== null) due.add(moment, upgrade);
    if (due.size > 2 * rows.size + 64) due.keepOnly((queued) => rows.get(queued.id) === queued);
  };

  /** What is in the queue and is not that row any more has changed since. */
  const firstDue = () => {
    for (let first = due.first(); first; first = due.first()) {
      if (rows.get(first.item.id) === first.item) return first;
      due.takeFirst();
    }
    return undefined;
  };

  const set = (upgrade: Upgrade, lines: readonly string[]): number => {
    const { id, device } = upgrade;
    const log = logs.get(id) ?? [];
    logs.set(id, log);
    for (const text of lines) log.push({ number: log.length, at: upgrade.modified, text });
    if (holdsDevice(upgrade)) holding.set(device, id);
    else if (holding.get(device) === id) holding.delete(device);
    rows.set(id, upgrade);
    schedule(upgrade);
    return positions.add(id);
  };

  const candidates = ({ campaign, device }: UpgradeFilter): Iterable<Upgrade> => {
    const ids =
      device !== undefined ? devices.get(device) : campaign !== undefined ? campaigns.get(campaign) : undefined;
    if (device === undefined && campaign === undefined) return rows.values();
    return [...(ids ?? [])].flatMap((id) => rows.get(id) ?? []);
  };

  const forget = ({ id, device, campaign, requestedBy, clientKey }: Upgrade) => {
    rows.delete(id);
    logs.delete(id);
    positions.remove(id);
    devices.get(device)?.delete(id);
    if (campaign !== null) campaigns.get(campaign)?.delete(id);
    if (clientKey !== null) requested.delete(keyOf(requestedBy, clientKey));
  };

  const check = (added: readonly NewUpgrade[], superseded: readonly Replacement[]) => {
    const freed = new Set<string>();
    for (const { upgrade, expected } of superseded) {
      if (rows.get(upgrade.id)?.seq !== expected) throw new ThingError('conflict', `Upgrade ${upgrade.id} has changed`);
      if (!holdsDevice(upgrade)) freed.add(upgrade.id);
    }
    const taken = new Set<string>();
    for (const { upgrade } of added) {
      const { id, device, requestedBy, clientKey } = upgrade;
      if (rows.has(id)) throw new ThingError('conflict', `There is an upgrade ${id}`);
      if (clientKey !== null && requested.has(keyOf(requestedBy, clientKey))) {
        throw new ThingError('conflict', `The key '${clientKey}' was used before`);
      }
      if (!holdsDevice(upgrade)) continue;
      const holder = holding.get(device);
      if (taken.has(device) || (holder !== undefined && !freed.has(holder))) {
        throw new ThingError('conflict', `Device ${device} is held by another upgrade`);
      }
      taken.add(device);
    }
  };

  const addNow = (added: readonly NewUpgrade[], superseded: readonly Replacement[] = []): readonly number[] => {
    check(added, superseded);
    const ended = superseded.map(({ upgrade, lines }) => set(upgrade, lines));
    const begun = added.map(({ upgrade, lines }) => {
      const { id, device, campaign, requestedBy, clientKey } = upgrade;
      member(devices, device).add(id);
      if (campaign !== null) member(campaigns, campaign).add(id);
      if (clientKey !== null) requested.set(keyOf(requestedBy, clientKey), id);
      return set(upgrade, lines);
    });
    return [...ended, ...begun];
  };

  return {
    addNow,
    removeCampaign(campaign) {
      for (const upgrade of candidates({ campaign })) forget(upgrade);
      campaigns.delete(campaign);
    },
    position: async () => positions.last(),
    get: async (id) => rows.get(id),
    getAll: async (ids) => ids.flatMap((id) => rows.get(id) ?? []),
    holding: async (device) => rows.get(holding.get(device) ?? ''),
    heldDevices: async () => [...holding.keys()],
    requested: async (requestedBy, clientKey) => rows.get(requested.get(keyOf(requestedBy, clientKey)) ?? ''),
    add: async (added, superseded) => addNow(added, superseded),
    async replace({ upgrade, expected, lines }) {
      const row = rows.get(upgrade.id);
      return row?.seq === expected ? set(withLaterLease(upgrade, row.lease), lines) : undefined;
    },
    async renew(leases, holder, until) {
      return leases.flatMap(({ id, fence }) => {
        const row = rows.get(id);
        if (row?.lease?.holder !== holder || row.lease.fence !== fence) return [id];
        const renewed = { ...row, lease: { ...row.lease, until } };
        rows.set(id, renewed);
        schedule(renewed);
        return [];
      });
    },
    async find(query) {
      const all = inOrder([...candidates(query)].filter(fits(query)), query.order);
      const { offset = 0, limit = 100 } = query;
      return { items: all.slice(offset, offset + limit), count: all.length };
    },
    async changes(after, { limit = 1000, ...filter } = {}) {
      const isWanted = fits(filter);
      const items: { position: number; upgrade: Upgrade }[] = [];
      for (const [position, id] of positions.after(after)) {
        const upgrade = rows.get(id);
        if (upgrade && isWanted(upgrade)) items.push({ position, upgrade });
        if (items.length === limit) return { items, position };
      }
      return { items, position: Math.max(after, positions.last()) };
    },
    async tally(campaign) {
      const counts = new Map<string, PhaseCount>();
      for (const { group, phase } of candidates({ campaign })) {
        const key = `${group} ${phase}`;
        counts.set(key, { group, phase, count: (counts.get(key)?.count ?? 0) + 1 });
      }
      return { counts: [...counts.values()], position: positions.last() };
    },
    async due(moment, limit) {
      const found: Upgrade[] = [];
      for (let first = firstDue(); first && first.due <= moment && found.length < limit; first = firstDue()) {
        found.push(first.item);
        due.takeFirst();
      }
      for (const upgrade of found) schedule(upgrade);
      return found;
    },
    nextDue: async () => firstDue()?.due,
    log: async (id, from = 0, limit = 1000) => (logs.get(id) ?? []).slice(from, from + limit),
    async tails(ids, characters) {
      const tails = ids.map((id) => [id, logs.get(id) ?? []] as const).filter(([, log]) => log.length > 0);
      return new Map(tails.map(([id, log]) => [id, tailOf(log, characters)]));
    },
    async remove(id) {
      const row = rows.get(id);
      if (!row || holdsDevice(row)) return false;
      forget(row);
      return true;
    },
  };
}

/** A lease that was prolonged since the upgrade was read stays so. */
function withLaterLease(upgrade: Upgrade, kept: Lease | null): Upgrade {
  const { lease } = upgrade;
  return lease && kept && kept.fence === lease.fence && kept.until > lease.until
    ? { ...upgrade, lease: kept }
    : upgrade;
}

function member<K, V>(sets: Map<K, Set<V>>, key: K): Set<V> {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  return set;
}
