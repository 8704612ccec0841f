import type { NewUpgradeRow, PageQuery, RowSlice } from './upgrade-rows.js';

/** A campaign as it is kept: what it is found by, and all of it. Times are milliseconds since 1970. */
export interface CampaignRow {
  readonly id: string;
  readonly build: string;
  readonly organization: string | null;
  readonly phase: string;
  readonly outcome: string | null;
  /** Whether it may be removed. */
  readonly isEnded: boolean;
  readonly createdBy: string;
  /** With `createdBy` unique, unless it is null. */
  readonly clientKey: string | null;
  readonly created: number;
  readonly modified: number;
  /** What `replace` compares. */
  readonly seq: number;
  /** All of it, as JSON. */
  readonly kept: string;
}

/** A device that a campaign leaves out, and why. */
export interface SkippedRow {
  readonly device: string;
  readonly deviceName: string;
  readonly organization: string;
  readonly reason: string;
}

/** Which campaigns; default order: `created`, latest first. */
export interface CampaignRowQuery extends PageQuery {
  readonly build?: string | undefined;
  readonly organizations?: readonly (string | null)[] | undefined;
  readonly phases?: readonly string[] | undefined;
  readonly outcomes?: readonly string[] | undefined;
  /** Made at that moment. */
  readonly created?: number | undefined;
  readonly order?: { readonly by: 'created' | 'modified'; readonly isDescending: boolean } | undefined;
}

/** Where campaigns are kept; the promises of `UpgradeRows` hold. What is read is the JSON that was kept. */
export interface CampaignRows {
  get(id: string): Promise<string | undefined>;
  requested(createdBy: string, clientKey: string): Promise<string | undefined>;
  /** Adds a campaign with all its upgrades, all or nothing; gives their positions. @throws ThingError `conflict` as `UpgradeRows.add`. */
  add(
    campaign: CampaignRow,
    upgrades: readonly NewUpgradeRow[],
    skipped: readonly SkippedRow[],
  ): Promise<readonly number[]>;
  /** Compares `seq` and sets; false if that was otherwise. */
  replace(campaign: CampaignRow, expected: number): Promise<boolean>;
  find(query?: CampaignRowQuery): Promise<RowSlice<string>>;
  /** In the order in which they were given. */
  skipped(id: string, page?: PageQuery): Promise<RowSlice<SkippedRow>>;
  /** Removes one that has ended, with its upgrades; false if there is none such. */
  remove(id: string): Promise<boolean>;
}
