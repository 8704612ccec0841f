import { createTally, type Tally } from './tally.js';
import type { UpgradeChange } from './upgrade-change.js';
import type { UpgradeTable } from './upgrade-table.js';

/** The tallies of those campaigns that somebody has asked for. */
export interface CampaignTallies {
  of(campaign: string): Promise<Tally>;
  /** Takes a change that is kept. */
  take(change: UpgradeChange): void;
  /** Keeps that of a campaign up no more: it has ended. */
  forget(campaign: string): void;
}

/** Makes them over a table: each is counted once, and from then on kept up. */
export function createCampaignTallies(table: Pick<UpgradeTable, 'tally'>): CampaignTallies {
  const tallies = new Map<string, { readonly tally: Tally; readonly position: number }>();
  const counting = new Map<string, { readonly tally: Promise<Tally>; readonly missed: UpgradeChange[] }>();

  /** What was counted already counts once. */
  const move = (counted: { tally: Tally; position: number }, { upgrade, before, position }: UpgradeChange) => {
    if (position > counted.position) counted.tally.move(upgrade.group, before?.phase, upgrade.phase);
  };

  const count = async (campaign: string, missed: readonly UpgradeChange[]): Promise<Tally> => {
    try {
      const { counts, position } = await table.tally(campaign);
      const counted = { tally: createTally(counts), position };
      for (const change of missed) move(counted, change);
      if (counting.get(campaign)?.missed === missed) tallies.set(campaign, counted);
      return counted.tally;
    } finally {
      if (counting.get(campaign)?.missed === missed) counting.delete(campaign);
    }
  };

  return {
    async of(campaign) {
      const ready = tallies.get(campaign);
      if (ready) return ready.tally;
      const running = counting.get(campaign);
      if (running) return running.tally;
      const missed: UpgradeChange[] = [];
      const tally = Promise.resolve().then(() => count(campaign, missed));
      counting.set(campaign, { tally, missed });
      return tally;
    },
    take(change) {
      const { campaign } = change.upgrade;
      if (campaign === null) return;
      const counted = tallies.get(campaign);
      if (counted) move(counted, change);
      else counting.get(campaign)?.missed.push(change);
    },
    forget(campaign) {
      tallies.delete(campaign);
      counting.delete(campaign);
    },
  };
}
