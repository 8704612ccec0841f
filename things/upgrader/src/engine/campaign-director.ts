import type { Log } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import { type Campaign, isBeforeStart, isCampaignEnded } from '../campaign.js';
import { directedPhases } from '../campaign-direction.js';
import type { CampaignEvent } from '../campaign-machine.js';
import type { Catalogue } from '../catalogue.js';
import { PHASE_NAMES, type Phase, stageOf } from '../phase.js';
import { startOf } from '../schedule.js';
import type { Tally } from '../tally.js';
import { unlessUnreadable } from '../unreadable.js';
import type { Upgrade } from '../upgrade.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { directUpgrades, isPassing } from '../upgrades-direction.js';

/** What a CampaignDirector needs. */
export interface DirectorParts {
  readonly record: UpgradeRecord;
  readonly catalogue: Pick<Catalogue, 'builds'>;
  readonly timer: Timer;
  readonly log: Log;
  /** How many upgrades are worked on at once. */
  readonly concurrency: number;
}

/** Begins campaigns whose time has come, judges those that go on, and tells their upgrades what they have to do. */
export interface CampaignDirector {
  /** Something has happened to a campaign, or to its upgrades: it is looked at with the next `direct`. */
  note(campaign: string): void;
  /** Looks at those; gives the moment at which the next one begins. */
  direct(): Promise<number | undefined>;
}

/** Upgrades that are read at once. */
const PAGE = 1000;
/** Of those that may be worked on, so many times as many are released: the next ones are there when a place is free. */
const AHEAD = 2;
const BY = 'campaign';

/** Those that have been told to begin, and have not come to rest. */
const BEGUN: readonly Phase[] = PHASE_NAMES.filter((phase) => phase === 'queued' || stageOf(phase) === 'running');
const RELEASED: readonly Phase[] = ['planned', 'waiting-group'];

/** Makes a CampaignDirector. */
export function createCampaignDirector(parts: DirectorParts): CampaignDirector {
  const { record, catalogue, timer, log, concurrency } = parts;
  const { campaigns, upgrades } = record.tables;
  const { tell, tellAll } = directUpgrades(record, { by: BY });
  const noted = new Set<string>();
  const starts = new Map<string, number>();
  /** Upgrades of groups in the order of their plan that were read and not yet released. */
  const backlogs = new Map<string, Upgrade[]>();

  const advance = async (id: string, event: CampaignEvent): Promise<Campaign | undefined> => {
    try {
      return await record.advanceCampaign(id, event);
    } catch (error) {
      if (isPassing(error)) throw error;
      log.debug({ campaign: id, event: event.type, error }, 'a campaign did not go on');
      return undefined;
    }
  };

  const backlogOf = async ({ id }: Campaign, group: number): Promise<Upgrade[]> => {
    const key = `${id} ${group}`;
    const known = backlogs.get(key);
    if (known && known.length > 0) return known;
    const order = { by: 'place', isDescending: false } as const;
    const { items } = await upgrades.find({ campaign: id, group, phases: RELEASED, order, limit: PAGE });
    const backlog = [...items].reverse();
    backlogs.set(key, backlog);
    return backlog;
  };

  /** Releases as many as will soon be worked on, in the order of the plan. */
  const release = async (campaign: Campaign, tally: Tally): Promise<void> => {
    const limit = Math.min(campaign.concurrency ?? concurrency, concurrency);
    let room = limit * AHEAD - sum(tally, BEGUN);
    for (const [group, { state, concurrency: ownLimit }] of campaign.groups.entries()) {
      if (state === 'waiting' || sum(tally, RELEASED, group) === 0) continue;
      const most = Math.min(ownLimit ?? limit, limit);
      const own = Math.min(room, most * AHEAD - sum(tally, BEGUN, group));
      // Not one by one.
      if (own < most / 2) continue;
      const backlog = await backlogOf(campaign, group);
      const next = backlog.splice(-own).reverse();
      room -= next.length;
      await tell(campaign, next);
      // What was left over in the backlog was released by somebody else, or cancelled.
      if (next.length > 0) noted.add(campaign.id);
    }
  };

  const begin = async (campaign: Campaign): Promise<void> => {
    const tally = await record.tally(campaign.id);
    const reason = !(await catalogue.builds.get(campaign.build))
      ? 'The build was deleted'
      : tally.counts().completed === campaign.total
        ? 'None of its devices can be upgraded any more'
        : undefined;
    await advance(campaign.id, reason === undefined ? { type: 'start' } : { type: 'invalidate', reason });
  };

  const forget = ({ id, groups }: Campaign): void => {
    starts.delete(id);
    for (const group of groups.keys()) backlogs.delete(`${id} ${group}`);
  };

  const look = async (id: string): Promise<void> => {
    const campaign = await campaigns.get(id).catch(unlessUnreadable);
    if (!campaign) return;
    starts.delete(id);
    if (campaign.phase === 'scheduled' && campaign.schedule) {
      const start = startOf(campaign.schedule) ?? timer.now();
      if (start <= timer.now()) await begin(campaign);
      else starts.set(id, start);
      return;
    }
    if (isBeforeStart(campaign)) return;
    if (isCampaignEnded(campaign)) {
      forget(campaign);
      await tellAll(campaign, directedPhases(campaign));
      return;
    }
    await goOn(campaign);
  };

  const goOn = async (before: Campaign): Promise<void> => {
    const tally = await record.tally(before.id);
    const groups = before.groups.map((_, i) => tally.counts(i));
    const campaign = await advance(before.id, { type: 'count', groups, all: tally.counts() });
    if (!campaign || isCampaignEnded(campaign)) return;
    const present = tally.phases();
    const phases = directedPhases(campaign).filter((phase) => (present[phase] ?? 0) > 0);
    await tellAll(
      campaign,
      campaign.phase === 'running' ? phases.filter((phase) => !RELEASED.includes(phase)) : phases,
    );
    if (campaign.phase === 'running') await release(campaign, tally);
    else forget(campaign);
  };

  return {
    note: (campaign) => void noted.add(campaign),
    async direct() {
      for (const [id, start] of starts) if (start <= timer.now()) noted.add(id);
      const all = [...noted];
      noted.clear();
      for (const [i, id] of all.entries()) {
        try {
          await look(id);
        } catch (error) {
          for (const left of all.slice(i)) noted.add(left);
          throw error;
        }
      }
      return noted.size > 0 ? timer.now() : [...starts.values()].reduce(earlier, undefined);
    },
  };
}

const earlier = (first: number | undefined, moment: number): number =>
  first === undefined ? moment : Math.min(first, moment);

function sum(tally: Tally, phases: readonly Phase[], group?: number): number {
  const counts = tally.phases(group);
  return phases.reduce((total, phase) => total + (counts[phase] ?? 0), 0);
}
