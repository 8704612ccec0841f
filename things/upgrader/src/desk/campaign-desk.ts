import { ThingError } from '@thingwright/core';
import type { Campaign } from '../campaign.js';
import { directedPhases } from '../campaign-direction.js';
import { refusalOfPlace } from '../catalogue-rules.js';
import { type CampaignOrder, type CampaignTarget, campaignOf, planRequestOf, retryOrderOf } from '../new-campaign.js';
import { PHASE_NAMES, phasesOf, type Stage, stageOf } from '../phase.js';
import { NO_DEVICES, type Plan, planCampaign } from '../plan.js';
import { checkSchedule, checkStart, type Schedule, startOf } from '../schedule.js';
import type { Tally } from '../tally.js';
import type { Upgrade } from '../upgrade.js';
import { upgradePages } from '../upgrade-pages.js';
import { directUpgrades } from '../upgrades-direction.js';
import { type DeskParts, refusalError } from './desk-parts.js';
import { readPlanFacts } from './plan-facts.js';
import { readAll } from './read-all.js';

/** What campaigns are planned, made and directed with, from whichever side. */
export interface CampaignDesk {
  /** What a campaign would be for. @throws ThingError `notFound` for a build that there is not. */
  target(build: string): Promise<CampaignTarget>;
  /** Plans, and changes nothing. @throws ThingError `invalid` for what cannot be, `notFound` for a build that there is not. */
  plan(
    order: CampaignOrder,
    who?: Pick<Author, 'organizations'>,
  ): Promise<{ readonly target: CampaignTarget; readonly plan: Plan }>;
  /** Makes a campaign that has not begun. @throws ThingError `invalid` also where no device would be upgraded. */
  create(order: CampaignOrder, who: Author): Promise<{ readonly campaign: Campaign; readonly skipped: number }>;
  /** A new campaign, and starts it. @throws ThingError as `create`. */
  begin(order: CampaignOrder, who: Author): Promise<Campaign>;
  /**
   * A new campaign of those of this one that did not succeed; it begins, unless it has to be approved. @throws ThingError `conflict` while this
   * one goes on.
   */
  retryFailed(id: string, who: Author): Promise<Campaign>;
  /** Cancels it with its upgrades; tells, once each of them has heard, how many will not happen, and for how many that came too late. */
  cancel(id: string, who: Author): Promise<{ readonly cancelled: number; readonly tooLate: number }>;
  /** Gives a campaign that has not begun another schedule. */
  schedule(id: string, schedule: Schedule | null): Promise<Campaign>;
}

/** Who asks, by the id of the Principal. */
export interface Author {
  readonly by: string;
  /** Of whose groups and locations they may know, to others it looks as if there were none; absent: of all. */
  readonly organizations?: readonly string[] | undefined;
  readonly retryOf?: string;
}

/** Whoever is faster makes a plan worthless: so often it is made again. */
const TRIES = 5;

/** Makes the desk. */
export function createCampaignDesk(parts: DeskParts): CampaignDesk {
  const { record, catalogue, fleet, hardware, now, newID } = parts;

  const target = async (id: string): Promise<CampaignTarget> => {
    const build = await catalogue.builds.get(id);
    const category = build && (await catalogue.categories.get(build.category));
    if (!category) throw new ThingError('notFound', `There is no build ${id}`);
    return { build, category, images: await readAll(catalogue.images, { build: id }), hardware };
  };

  const checkPlaces = (
    { group, location }: CampaignOrder,
    { category }: CampaignTarget,
    known: readonly string[] | undefined,
  ): void => {
    for (const field of ['group', 'location'] as const) {
      const id = { group, location }[field];
      if (id === undefined) continue;
      const place = fleet[field](id);
      const text = `Invalid pk "${id}" - object does not exist.`;
      const isKnown = place && known?.includes(place.organization) !== false;
      const refusal = isKnown ? refusalOfPlace(field, place, category) : { field, text };
      if (refusal) throw refusalError(refusal);
    }
  };

  const planWith: CampaignDesk['plan'] = async (order, { organizations } = {}) => {
    const found = await target(order.build);
    checkPlaces(order, found, organizations);
    const request = planRequestOf(order, found);
    return { target: found, plan: planCampaign(request, await readPlanFacts(parts)) };
  };

  const check = (schedule: Schedule | null | undefined): void => {
    if (!schedule) return;
    checkSchedule(schedule);
    const start = startOf(schedule);
    if (start !== null) checkStart(start, now());
  };

  const create: CampaignDesk['create'] = async (order, { by, organizations, retryOf }) => {
    check(order.schedule);
    const { clientKey } = order;
    const same = clientKey === undefined ? undefined : await record.tables.campaigns.requested(by, clientKey);
    if (same && same.build !== order.build) {
      throw new ThingError('conflict', `The key '${clientKey}' was used for another build`);
    }
    if (same) return { campaign: same, skipped: (await record.tables.campaigns.skipped(same.id, { limit: 1 })).count };
    for (let i = 0; ; i++) {
      const { target: found, plan } = await planWith(order, { organizations });
      if (plan.upgrades.length === 0) throw refusalError({ field: '__all__', text: NO_DEVICES });
      const { campaign, upgrades } = campaignOf(order, found, {
        plan,
        origin: { createdBy: by, now: now(), newID, retryOf },
      });
      try {
        const kept = await record.addCampaign(campaign, upgrades, plan.skipped);
        return { campaign: kept, skipped: plan.skipped.length };
      } catch (error) {
        if (!(error instanceof ThingError) || error.code !== 'conflict' || i === TRIES) throw error;
      }
    }
  };

  const campaignWith = async (id: string): Promise<Campaign> => {
    const campaign = await record.tables.campaigns.get(id);
    if (campaign) return campaign;
    throw new ThingError('notFound', `There is no campaign ${id}`);
  };

  const unsuccessfulOf = async (campaign: string): Promise<readonly Upgrade[]> => {
    const phases = [...phasesOf('failed'), ...phasesOf('aborted')];
    const found: Upgrade[] = [];
    for await (const items of upgradePages(record.tables.upgrades, { campaign, phases })) found.push(...items);
    return found;
  };

  const begin: CampaignDesk['begin'] = async (order, who) => {
    const { campaign } = await create(order, who);
    return campaign.phase === 'ready' ? record.advanceCampaign(campaign.id, { type: 'start' }) : campaign;
  };

  return {
    target,
    plan: planWith,
    create,
    begin,
    async retryFailed(id, { by }) {
      const campaign = await campaignWith(id);
      if (campaign.ended === null) throw new ThingError('conflict', 'The campaign has not ended');
      const unsuccessful = await unsuccessfulOf(id);
      if (unsuccessful.length === 0) throw new ThingError('conflict', 'None of its upgrades has failed');
      return begin(retryOrderOf(campaign, unsuccessful), { by, retryOf: id });
    },
    async cancel(id, { by }) {
      const before = (await record.tally(id)).counts().cancelled;
      const campaign = await record.advanceCampaign(id, { type: 'cancel' });
      await directUpgrades(record, { by }).tellAll(campaign, directedPhases(campaign));
      const tally = await record.tally(id);
      return {
        cancelled: tally.counts().cancelled - before + inStage(tally, 'stopping'),
        tooLate: inStage(tally, 'flashed'),
      };
    },
    async schedule(id, schedule) {
      check(schedule);
      return record.advanceCampaign(id, { type: 'schedule', schedule });
    },
  };
}

const inStage = (tally: Tally, stage: Stage): number => {
  const phases = tally.phases();
  return PHASE_NAMES.reduce((sum, phase) => sum + (stageOf(phase) === stage ? (phases[phase] ?? 0) : 0), 0);
};
