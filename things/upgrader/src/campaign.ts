import type { Schedule } from './schedule.js';
import type { Threshold } from './threshold.js';
import type { UpgradeOptions } from './upgrade-options.js';

/** What clients know a campaign to be (reference, section 4.3); they call it a batch. */
export const CAMPAIGN_STATUSES = ['idle', 'in-progress', 'success', 'failed', 'cancelled'] as const;

/** One of {@link CAMPAIGN_STATUSES}. */
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** The phases of a campaign (reference, sections 13.1 and 15). Its plan is made before there is one. */
export const CAMPAIGN_PHASES = [
  'waiting-approval',
  'approval-denied',
  'ready',
  'scheduled',
  'running',
  'paused',
  'stopping',
  'ended',
  'cancelled',
  'invalid',
] as const;

/** One of {@link CAMPAIGN_PHASES}. */
export type CampaignPhase = (typeof CAMPAIGN_PHASES)[number];

/** How a group of a campaign stands. Of one that `passed`, enough have succeeded for the next to begin, and the rest goes on. */
export const GROUP_STATES = ['waiting', 'running', 'passed', 'finished', 'failed'] as const;

/** One of {@link GROUP_STATES}. */
export type GroupState = (typeof GROUP_STATES)[number];

/** Devices that are upgraded together. */
export interface CampaignGroup {
  readonly name: string;
  readonly state: GroupState;
  /** Devices; fixed when the plan is made. */
  readonly size: number;
  /** Reached: the next group begins. */
  readonly success: Threshold;
  /** Exceeded: the group has failed, and the campaign is paused. Asked before `success`. */
  readonly error: Threshold;
  /** How many are worked on at once; null: as many as the campaign. */
  readonly concurrency: number | null;
  /** Somebody resumed the campaign after this group had failed, or was not successful: its limits are not asked again. */
  readonly isOverruled: boolean;
}

/** Which devices a campaign is for. */
export interface Selection {
  /** Ids; null: any. Both have to fit. */
  readonly group: string | null;
  readonly location: string | null;
  /** Devices that have no firmware of ours yet, too, if their model fits. */
  readonly firmwareless: boolean;
  /** Only these devices; null: any. */
  readonly devices: readonly string[] | null;
  readonly exclude: readonly string[];
}

/** Who decided on a campaign. */
export interface Decision {
  readonly decision: 'approved' | 'denied';
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly remark: string;
}

/** An upgrade of many devices to one build, as it is kept: plain data, changed by `advanceCampaign` and by nothing else. */
export interface Campaign {
  /** A UUIDv4 in lower case. */
  readonly id: string;
  readonly name: string;
  readonly build: string;
  readonly version: string;
  readonly category: string;
  /** Of the category; null: shared by all. */
  readonly organization: string | null;
  readonly selection: Selection;
  readonly options: UpgradeOptions;
  readonly persistent: boolean;
  readonly phase: CampaignPhase;
  /** What it came to; null until it has ended, and never changed afterwards. */
  readonly outcome: CampaignStatus | null;
  readonly groups: readonly CampaignGroup[];
  /** How many are worked on at once; null: as many as the engine allows. */
  readonly concurrency: number | null;
  readonly schedule: Schedule | null;
  readonly needsApproval: boolean;
  readonly decision: Decision | null;
  /** Devices; fixed when the plan is made. */
  readonly total: number;
  /** Why it is paused, or was found invalid. */
  readonly reason: string | null;
  /** The campaign whose failures this one tries again. */
  readonly retryOf: string | null;
  readonly createdBy: string;
  readonly clientKey: string | null;
  /** Rises by one with every change. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly modified: number;
  readonly started: number | null;
  readonly ended: number | null;
}

/** Whether nothing can happen to it any more. */
export const isCampaignEnded = ({ phase }: Pick<Campaign, 'phase'>): boolean =>
  phase === 'ended' || phase === 'cancelled' || phase === 'invalid' || phase === 'approval-denied';

/** Whether none of its upgrades has begun. */
export const isBeforeStart = ({ phase }: Pick<Campaign, 'phase'>): boolean =>
  phase === 'waiting-approval' || phase === 'ready' || phase === 'scheduled';
