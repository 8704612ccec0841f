export {
  CAMPAIGN_PHASES,
  CAMPAIGN_STATUSES,
  type Campaign,
  type CampaignGroup,
  type CampaignPhase,
  type CampaignStatus,
  type Decision,
  GROUP_STATES,
  type GroupState,
  isBeforeStart,
  isCampaignEnded,
  type Selection,
} from './campaign.js';
export { advanceCampaign, type CampaignEvent, type CampaignOutcome } from './campaign-machine.js';
export {
  campaignStatusOf,
  type NextCampaignStatus,
  nextCampaignStatusOf,
  outcomeOf,
  progressReport,
  rateOf,
} from './campaign-status.js';
export type { CampaignQuery, CampaignTable } from './campaign-table.js';
export type {
  Build,
  Catalogue,
  Category,
  DeviceFirmware,
  Entry,
  Filter,
  FirmwareImage,
  HardwareType,
  ImageContents,
  Shelf,
  ShelfQuery,
  Slice,
} from './catalogue.js';
export type { Driver, DriverImage, DriverResult, DriverRun } from './driver.js';
export type { Fleet, FleetDevice, Place } from './fleet.js';
export {
  type NextUpgradeStatus,
  nextStatusOf,
  PHASES,
  type Phase,
  type PhaseFacts,
  type PhaseOf,
  POINT_OF_NO_RETURN,
  phasesOf,
  type Stage,
  stageOf,
  statusOf,
  UPGRADE_STATUSES,
  type UpgradeStatus,
} from './phase.js';
export {
  type KnownFirmware,
  NO_DEVICES,
  type Plan,
  type PlanFacts,
  type PlannedUpgrade,
  type PlanRequest,
  planCampaign,
  SKIP_REASONS,
  type SkippedDevice,
  type SkipReason,
} from './plan.js';
export { evenGroups, type GroupRequest } from './plan-groups.js';
export { parseProgress } from './progress.js';
export { RETRY_POLICY, type RetryPolicy } from './retry-policy.js';
export {
  checkSchedule,
  checkStart,
  type MaintenanceWindow,
  type Schedule,
  START_LIMITS,
  type StartLimits,
  startOf,
  WEEKDAYS,
  type WindowState,
  windowAt,
} from './schedule.js';
export { type Counts, createTally, NO_COUNTS, type PhaseCount, type Tally } from './tally.js';
export { isBreached, isReached, type Threshold } from './threshold.js';
export {
  dueOf,
  holdsDevice,
  isCancellable,
  isEnded,
  type Lease,
  newUpgrade,
  PHASE_LIMITS,
  type Upgrade,
  type UpgradeRequest,
  type VerifiedFirmware,
} from './upgrade.js';
export type { Direction, Report, UpgradeEvent } from './upgrade-event.js';
export { type Advanced, advanceUpgrade, type Circumstances, isRefused, type Refused } from './upgrade-machine.js';
export { checkOptions, completeOptions, flagsOf, UpgradeOptions } from './upgrade-options.js';
export type {
  LogEntry,
  LogTail,
  NewUpgrade,
  Replacement,
  UpgradeChanges,
  UpgradeFilter,
  UpgradeQuery,
  UpgradeTable,
} from './upgrade-table.js';
