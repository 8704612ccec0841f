import { type Now, ThingError } from '@thingwright/core';
import { type Observable, Subject } from 'rxjs';
import { type Campaign, isCampaignEnded } from './campaign.js';
import { advanceCampaign, type CampaignEvent } from './campaign-machine.js';
import type { UpgradeTables } from './campaign-table.js';
import { createCampaignTallies } from './campaign-tallies.js';
import { stageOf } from './phase.js';
import type { SkippedDevice } from './plan.js';
import { RETRY_POLICY, type RetryPolicy } from './retry-policy.js';
import { createTally, type Tally } from './tally.js';
import type { Upgrade } from './upgrade.js';
import type { CampaignChange, Removal, UpgradeChange } from './upgrade-change.js';
import type { UpgradeEvent } from './upgrade-event.js';
import { advanceUpgrade, isRefused } from './upgrade-machine.js';
import type { NewUpgrade, Replacement } from './upgrade-table.js';

/** What may be set of a record. */
export interface UpgradeRecordOptions {
  readonly now?: Now;
  /** From 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
  readonly policy?: RetryPolicy;
}

/**
 * The one record of upgrades and campaigns, of which sockets, REST and Things are views: nothing else changes them, and what is told of was kept
 * before. Everything may reject with a ThingError `unavailable`.
 */
export interface UpgradeRecord {
  readonly tables: UpgradeTables;
  /** Every change of an upgrade that this process made, after it was kept. Hot; never errors. */
  readonly upgrades: Observable<UpgradeChange>;
  /** The same of campaigns. */
  readonly campaigns: Observable<CampaignChange>;
  readonly removals: Observable<Removal>;
  /**
   * Takes a new upgrade. One whose device waits for another takes its place; one whose device is worked on ends at once as
   * `superseded`. The same requester with the same client key gets the upgrade of the first time.
   */
  add(upgrade: Upgrade): Promise<Upgrade>;
  /**
   * Takes a campaign with all its upgrades.
   * @throws ThingError `conflict` if one of its devices is held meanwhile: the plan has to be made again.
   */
  addCampaign(campaign: Campaign, upgrades: readonly Upgrade[], skipped: readonly SkippedDevice[]): Promise<Campaign>;
  /**
   * Lets an event happen to an upgrade, and gives what it is then.
   * @throws ThingError `conflict` in the words of the reference if it is refused, `notFound`.
   */
  advance(id: string, event: UpgradeEvent): Promise<Upgrade>;
  /** The same for a campaign. */
  advanceCampaign(id: string, event: CampaignEvent): Promise<Campaign>;
  /** Removes an upgrade that has ended, with its log. @throws ThingError `conflict` if it has not, or its campaign; `notFound`. */
  remove(id: string): Promise<void>;
  /** The same for a campaign, with its upgrades. */
  removeCampaign(id: string): Promise<void>;
  /** Where the upgrades of a campaign are; kept up from then on, until the campaign has ended. @throws ThingError `notFound`. */
  tally(campaign: string): Promise<Tally>;
}

/** What both older and newer clients are told of an upgrade that gives way (reference, section 5.6). */
const ANOTHER_IN_PROGRESS = 'Another upgrade operation is in progress, aborting...';

/** How often it is tried to be faster than others. */
const TRIES = 100;

/** Makes the record over its tables. */
export function createUpgradeRecord(
  tables: UpgradeTables,
  { now = Date.now, random = Math.random, policy = RETRY_POLICY }: UpgradeRecordOptions = {},
): UpgradeRecord {
  const upgrades = new Subject<UpgradeChange>();
  const campaigns = new Subject<CampaignChange>();
  const removals = new Subject<Removal>();
  const tallies = createCampaignTallies(tables.upgrades);

  /** Those that are worked on, as they were told last: a report needs no read. Their leases may have been prolonged since. */
  const known = new Map<string, Upgrade>();

  const publish = (change: UpgradeChange) => {
    const { upgrade } = change;
    if (upgrade.lease === null) known.delete(upgrade.id);
    else if ((known.get(upgrade.id)?.seq ?? 0) < upgrade.seq) known.set(upgrade.id, upgrade);
    tallies.take(change);
    upgrades.next(change);
  };

  const after = (upgrade: Upgrade, event: UpgradeEvent): { upgrade: Upgrade; lines: readonly string[] } => {
    const outcome = advanceUpgrade(upgrade, event, { now: now(), random: random(), policy });
    if (isRefused(outcome)) throw new ThingError('conflict', outcome.refused);
    return outcome;
  };

  const dismissed = (upgrade: Upgrade) =>
    after(upgrade, { type: 'dismiss', phase: 'superseded', line: ANOTHER_IN_PROGRESS });

  /** One attempt to add; undefined if somebody else was faster. */
  const tryToAdd = async (upgrade: Upgrade): Promise<Upgrade | undefined> => {
    const { requestedBy, clientKey, device } = upgrade;
    const same = clientKey === null ? undefined : await tables.upgrades.requested(requestedBy, clientKey);
    if (same) return same;
    const holder = await tables.upgrades.holding(device);
    const givesWay = holder !== undefined && stageOf(holder.phase) !== 'waiting';
    const added: NewUpgrade = givesWay ? dismissed(upgrade) : { upgrade, lines: [] };
    const replaced: readonly Replacement[] =
      holder && !givesWay ? [{ ...dismissed(holder), expected: holder.seq }] : [];
    const positions = await orUndefined(tables.upgrades.add([added], replaced));
    if (!positions) return undefined;
    const changes = [...replaced.map((one) => ({ ...one, before: holder })), { ...added, before: undefined }];
    for (const [i, { upgrade: one, before, lines }] of changes.entries()) {
      publish({ upgrade: one, before, lines, position: positions[i] ?? 0 });
    }
    return added.upgrade;
  };

  return {
    tables,
    upgrades: upgrades.asObservable(),
    campaigns: campaigns.asObservable(),
    removals: removals.asObservable(),
    add: (upgrade) => persist(() => tryToAdd(upgrade)),
    async addCampaign(campaign, planned, skipped) {
      const { createdBy, clientKey } = campaign;
      const same = clientKey === null ? undefined : await tables.campaigns.requested(createdBy, clientKey);
      if (same) return same;
      const positions = await tables.campaigns.add(
        campaign,
        planned.map((upgrade) => ({ upgrade, lines: [] })),
        skipped,
      );
      campaigns.next({ campaign, before: undefined });
      for (const [i, upgrade] of planned.entries()) {
        publish({ upgrade, before: undefined, lines: [], position: positions[i] ?? 0 });
      }
      return campaign;
    },
    advance: (id, event) =>
      persist(async () => {
        const remembered = 'fence' in event ? known.get(id) : undefined;
        const before = remembered ?? found(await tables.upgrades.get(id), `upgrade ${id}`);
        const { upgrade, lines } = after(before, event);
        if (upgrade === before) return before;
        const position = await tables.upgrades.replace({ upgrade, expected: before.seq, lines });
        if (position === undefined) {
          known.delete(id);
          return undefined;
        }
        publish({ upgrade, before, lines, position });
        return upgrade;
      }),
    advanceCampaign: (id, event) =>
      persist(async () => {
        const before = found(await tables.campaigns.get(id), `campaign ${id}`);
        const outcome = advanceCampaign(before, event, now());
        if ('refused' in outcome) throw new ThingError('conflict', outcome.refused);
        const { campaign } = outcome;
        if (campaign === before) return before;
        if (!(await tables.campaigns.replace(campaign, before.seq))) return undefined;
        campaigns.next({ campaign, before });
        if (campaign.ended !== null) tallies.forget(id);
        return campaign;
      }),
    async remove(id) {
      const upgrade = found(await tables.upgrades.get(id), `upgrade ${id}`);
      const campaign = upgrade.campaign === null ? undefined : await tables.campaigns.get(upgrade.campaign);
      if (campaign && !isCampaignEnded(campaign)) {
        throw new ThingError('conflict', 'An upgrade of a campaign that goes on cannot be removed');
      }
      if (!(await tables.upgrades.remove(id)))
        throw new ThingError('conflict', 'An upgrade that goes on cannot be removed');
      removals.next({ upgrade });
    },
    async removeCampaign(id) {
      const campaign = found(await tables.campaigns.get(id), `campaign ${id}`);
      if (!(await tables.campaigns.remove(id)))
        throw new ThingError('conflict', 'A campaign that goes on cannot be removed');
      tallies.forget(id);
      removals.next({ campaign });
    },
    async tally(id) {
      const campaign = found(await tables.campaigns.get(id), `campaign ${id}`);
      return isCampaignEnded(campaign) ? createTally((await tables.upgrades.tally(id)).counts) : tallies.of(id);
    },
  };
}

function found<T>(row: T | undefined, what: string): T {
  if (row === undefined) throw new ThingError('notFound', `There is no ${what}`);
  return row;
}

/** Tries until it gives something. */
async function persist<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < TRIES; i++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new ThingError('unavailable', 'Others change it all the time');
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof ThingError && error.code === 'conflict') return undefined;
    throw error;
  }
}
