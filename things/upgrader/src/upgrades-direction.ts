import { ThingError } from '@thingwright/core';
import type { Campaign } from './campaign.js';
import { directionOf } from './campaign-direction.js';
import type { Phase } from './phase.js';
import type { Upgrade } from './upgrade.js';
import { drainUpgrades } from './upgrade-pages.js';
import type { UpgradeRecord } from './upgrade-record.js';

/** Tells upgrades what their campaign wants of them; all of it may reject with a ThingError `unavailable`. */
export interface UpgradesDirection {
  /** Those, many at once. */
  tell(campaign: Campaign, upgrades: readonly Upgrade[]): Promise<void>;
  /** All of the campaign that are in those phases. */
  tellAll(campaign: Campaign, phases: readonly Phase[]): Promise<void>;
}

const TOLD_AT_ONCE = 100;

/** Makes it over a record; `by`: who directs. */
export function directUpgrades(
  record: Pick<UpgradeRecord, 'tables' | 'advance'>,
  { by }: { readonly by: string },
): UpgradesDirection {
  const { upgrades } = record.tables;

  const tellOne = async (campaign: Campaign, upgrade: Upgrade): Promise<void> => {
    const direction = directionOf(campaign, upgrade, { by });
    try {
      if (direction) await record.advance(upgrade.id, direction);
    } catch (error) {
      // It was faster than its campaign, or it is gone.
      if (isPassing(error)) throw error;
    }
  };

  const tell = async (campaign: Campaign, told: readonly Upgrade[]): Promise<void> => {
    for (let i = 0; i < told.length; i += TOLD_AT_ONCE) {
      await Promise.all(told.slice(i, i + TOLD_AT_ONCE).map((upgrade) => tellOne(campaign, upgrade)));
    }
  };

  const remaining = async (told: readonly Upgrade[], phases: readonly Phase[]): Promise<number> =>
    (await upgrades.getAll(told.map(({ id }) => id))).filter(({ phase }) => phases.includes(phase)).length;

  return {
    tell,
    async tellAll(campaign, phases) {
      if (phases.length === 0) return;
      await drainUpgrades(
        upgrades,
        { campaign: campaign.id, phases },
        // Those that were told are in other phases now.
        { work: (items) => tell(campaign, items), remaining: (items) => remaining(items, phases) },
      );
    },
  };
}

/** Whether it may go better the next time: neither refused nor gone. */
export const isPassing = (error: unknown): boolean =>
  !(error instanceof ThingError) || (error.code !== 'conflict' && error.code !== 'notFound');
