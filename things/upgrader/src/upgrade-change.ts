import type { Campaign } from './campaign.js';
import type { Upgrade } from './upgrade.js';

/** One change of an upgrade that is kept. */
export interface UpgradeChange {
  /** As it is now; how it was before, undefined for a new one. */
  readonly upgrade: Upgrade;
  readonly before: Upgrade | undefined;
  /** What was appended to its log. */
  readonly lines: readonly string[];
  /** By which those go on who have missed some; see `UpgradeTable.changes`. */
  readonly position: number;
}

/** One change of a campaign that is kept. */
export interface CampaignChange {
  readonly campaign: Campaign;
  /** Undefined for a new one. */
  readonly before: Campaign | undefined;
}

/** What was removed, as it was last. The upgrades of a campaign go with it, and are not told of. */
export type Removal = { readonly upgrade: Upgrade } | { readonly campaign: Campaign };
