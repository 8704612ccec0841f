import type { CampaignRow, SkippedRow } from './campaign-rows.js';
import type { NewUpgradeRow, UpgradeReplacement } from './upgrade-rows.js';
import type { DeviceFirmwareTable } from './upgrade-tables.js';

/** A change of upgrades, of campaigns, or of what devices have; several are committed at once. */
export type UpgradeWrite =
  | {
      readonly type: 'add';
      readonly added: readonly NewUpgradeRow[];
      readonly replaced: readonly UpgradeReplacement[];
      readonly campaign?: { readonly row: CampaignRow; readonly skipped: readonly SkippedRow[] } | undefined;
    }
  | { readonly type: 'replace'; readonly replacement: UpgradeReplacement }
  | {
      readonly type: 'renew';
      readonly leases: readonly { readonly id: string; readonly fence: number }[];
      readonly holder: string;
      readonly until: number;
    }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'replaceCampaign'; readonly row: CampaignRow; readonly expected: number }
  | { readonly type: 'removeCampaign'; readonly id: string }
  | { readonly type: 'putFirmware'; readonly row: DeviceFirmwareTable };

/** What became of a change. */
export type UpgradeWritten =
  /** Positions are those of the upgrades that were replaced and added. */
  | { readonly type: 'kept'; readonly positions: readonly number[] }
  /** There was nothing of that kind. */
  | { readonly type: 'missed' }
  | { readonly type: 'renewed'; readonly lost: readonly string[] }
  | { readonly type: 'conflict'; readonly detail: string };
