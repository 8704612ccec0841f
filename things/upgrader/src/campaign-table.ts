import type { Campaign, CampaignPhase, CampaignStatus } from './campaign.js';
import type { Slice } from './catalogue.js';
import type { SkippedDevice } from './plan.js';
import type { NewUpgrade, UpgradeTable } from './upgrade-table.js';

/** Which campaigns; each member narrows it. */
export interface CampaignQuery {
  readonly build?: string | undefined;
  /** Of one of these; null: those of shared categories. */
  readonly organizations?: readonly (string | null)[] | undefined;
  readonly phases?: readonly CampaignPhase[] | undefined;
  readonly outcomes?: readonly CampaignStatus[] | undefined;
  /** Made at that moment, milliseconds since 1970. */
  readonly created?: number | undefined;
  /** Default: `created`, latest first. */
  readonly order?: { readonly by: 'created' | 'modified'; readonly isDescending: boolean } | undefined;
  /** Default 0 and 100, at most 1000. */
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** Where campaigns are kept; the promises of {@link UpgradeTable} hold. */
export interface CampaignTable {
  /** Undefined if there is none. */
  get(id: string): Promise<Campaign | undefined>;
  /** The one that was asked for with that key. */
  requested(createdBy: string, clientKey: string): Promise<Campaign | undefined>;
  /**
   * Adds a campaign with all its upgrades and with those that its plan leaves out, all or nothing.
   * @throws ThingError `conflict` as `UpgradeTable.add`.
   */
  add(
    campaign: Campaign,
    upgrades: readonly NewUpgrade[],
    skipped: readonly SkippedDevice[],
  ): Promise<readonly number[]>;
  /** Compares `seq` and sets; false if somebody else was faster, or it is gone. */
  replace(campaign: Campaign, expected: number): Promise<boolean>;
  /** A part of those that fit, and how many fit. */
  find(query?: CampaignQuery): Promise<Slice<Campaign>>;
  /** Whom the plan leaves out, in its order. Default 0 and 100, at most 1000. */
  skipped(id: string, page?: { readonly offset?: number; readonly limit?: number }): Promise<Slice<SkippedDevice>>;
  /** Removes one that has ended, with its upgrades; false if it is not there, or not ended. */
  remove(id: string): Promise<boolean>;
}

/** Where upgrades and campaigns are kept; what is added to both is in both or in none. */
export interface UpgradeTables {
  readonly upgrades: UpgradeTable;
  readonly campaigns: CampaignTable;
}
