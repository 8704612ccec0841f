import { formatMilliseconds } from '@thingwright/core';
import type { Campaign } from '../campaign.js';
import { campaignStatusOf, type NextCampaignStatus, nextCampaignStatusOf } from '../campaign-status.js';
import type { NextUpgradeStatus } from '../phase.js';
import type { Counts } from '../tally.js';
import type { Upgrade } from '../upgrade.js';
import type { LogTail } from '../upgrade-table.js';
import { type Dialect, isExtended } from './dialect.js';
import { extensionOf, type OperationExtension, type WireOperation, wireOperation, wireStatus } from './operation.js';
import type { Telling } from './operation-messages.js';

/** How far a campaign is (reference, section 1.11). */
export interface BatchCounts {
  readonly status: NextCampaignStatus;
  readonly completed: number;
  readonly total: number;
  /** Of those that are not completed: that wait for their device, their group, their window, or a person. */
  readonly pending?: number;
}

/** The state of a campaign, which was asked for: the only message without `timestamp` (reference, section 1.5). */
export interface BatchState {
  readonly type: 'batch_state';
  readonly batch_status: BatchCounts;
  readonly operations: readonly WireOperation[];
}

/** The campaign has gone on. */
export interface BatchStatus extends BatchCounts {
  readonly type: 'batch_status';
  /** Not in the dialect `documented`. */
  readonly timestamp?: string;
}

/** One of its upgrades has gone on. */
export interface OperationProgress extends Partial<OperationExtension> {
  readonly type: 'operation_progress';
  readonly operation_id: string;
  readonly status: NextUpgradeStatus;
  readonly progress: number;
  readonly modified: string;
  readonly device_id: string;
  readonly device_name: string;
  readonly image_name: string | null;
  /** Not in the dialect `documented`. */
  readonly timestamp?: string;
}

/** An upgrade, with the end of its log. */
export interface Logged {
  readonly upgrade: Upgrade;
  readonly log: LogTail | undefined;
}

/** How far a campaign is, in the words of a dialect. */
export const batchCounts = (
  campaign: Pick<Campaign, 'phase' | 'outcome'>,
  { completed, total, pending }: Counts,
  dialect: Dialect,
): BatchCounts => ({
  status: dialect === 'next' ? nextCampaignStatusOf(campaign) : campaignStatusOf(campaign),
  completed,
  total,
  ...(isExtended(dialect) ? { pending } : {}),
});

/** What endpoint 2 answers with; the operations in the order of their creation. */
export const batchState = (status: BatchCounts, operations: readonly Logged[], dialect: Dialect): BatchState => ({
  type: 'batch_state',
  batch_status: status,
  operations: operations.map(({ upgrade, log }) => wireOperation(upgrade, log, { dialect })),
});

/** What endpoint 2 says when the counts or the status of a campaign are not what they were. */
export const batchStatus = (status: BatchCounts, { dialect, now }: Telling): BatchStatus => ({
  type: 'batch_status',
  ...status,
  ...(dialect === 'documented' ? {} : { timestamp: formatMilliseconds(now) }),
});

/** What endpoint 2 says when an upgrade of a campaign is not what it was. */
export const operationProgress = (upgrade: Upgrade, { dialect, now }: Telling): OperationProgress => ({
  type: 'operation_progress',
  operation_id: upgrade.id,
  status: wireStatus(upgrade.phase, dialect),
  progress: upgrade.progress,
  modified: formatMilliseconds(upgrade.modified),
  device_id: upgrade.device,
  device_name: upgrade.deviceName,
  image_name: upgrade.image === null ? null : upgrade.imageName,
  ...(isExtended(dialect) ? extensionOf(upgrade) : {}),
  ...(dialect === 'documented' ? {} : { timestamp: formatMilliseconds(now) }),
});
