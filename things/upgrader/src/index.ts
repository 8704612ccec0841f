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
export { CampaignThing } from './campaign.model.js';
export { directedPhases, directionOf } from './campaign-direction.js';
export { advanceCampaign, type CampaignEvent, type CampaignOutcome } from './campaign-machine.js';
export { CampaignRequest } from './campaign-request.model.js';
export {
  campaignStatusOf,
  type NextCampaignStatus,
  nextCampaignStatusOf,
  outcomeOf,
  progressReport,
  rateOf,
} from './campaign-status.js';
export type { CampaignQuery, CampaignTable, UpgradeTables } from './campaign-table.js';
export { upgradeTablesInProcess } from './campaign-table-in-process.js';
export { Campaigns } from './campaigns.model.js';
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
export { catalogueInProcess } from './catalogue-in-process.js';
export {
  boardsOf,
  type CatalogueRefusal,
  discovered,
  type FiledImage,
  isSelectable,
  refusalOfFirmware,
  refusalOfOs,
  refusalOfPlace,
  refusalOfType,
  startsUpgrade,
  typeOfFile,
} from './catalogue-rules.js';
export { type CoalesceOptions, coalesced } from './coalesced.js';
export { type Author, type CampaignDesk, createCampaignDesk } from './desk/campaign-desk.js';
export type { DeskParts } from './desk/desk-parts.js';
export { createUpgradeDesk, type UpgradeDesk, type UpgradeOrder } from './desk/upgrade-desk.js';
export { DeviceUpgrader } from './device-upgrader.model.js';
export { type UpgradableDevices, type UpgradableDevicesOptions, upgradableDevices } from './dial-in/dial-in-door.js';
export { openUpgraderDoors, type UpgraderDoors, type UpgraderDoorsOptions } from './doors/upgrader-doors.js';
export type { Driver, DriverImage, DriverResult, DriverRun } from './driver.js';
export {
  SIMULATED_FAULTS,
  type SimulatedDevice,
  type SimulatedDevices,
  type SimulatedDriverOptions,
  type SimulatedFault,
  simulatedDevice,
  simulatedDriver,
} from './drivers/simulated-driver.js';
export { type RecognitionParts, recogniseDevices } from './engine/recognition.js';
export { runUpgradeEngine, type UpgradeEngine, type UpgradeEngineOptions } from './engine/upgrade-engine.js';
export type { DeviceConnection, Fleet, FleetDevice, Place } from './fleet.js';
export { imageContentsInProcess } from './image-contents-in-process.js';
export { type ImageKeys, imageKey } from './image-signature.js';
export { type KeptRows, keptRows } from './kept-rows.js';
export {
  type CampaignOrder,
  type CampaignOrigin,
  type CampaignTarget,
  campaignOf,
  imageNameOf,
  planRequestOf,
  retryOrderOf,
} from './new-campaign.js';
export type { CommandResult, OpenShell, OpenWrtAccess, OpenWrtCredentials, Shell } from './openwrt/openwrt-access.js';
export { type OpenWrtDriverOptions, openWrtDriver } from './openwrt/openwrt-driver.js';
export { RECONNECT_TIMES, type ReconnectTimes } from './openwrt/openwrt-reconnect.js';
export { Operation, OperationProgress as OperationProgressData } from './operation.model.js';
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
export { RETRY_POLICY, type RetryPolicy } from './retry-policy.js';
export type { SignIn } from './routes/token-route.js';
export type { ChangeRequest, TellRequest } from './routes/told-requests.js';
export { type UpgraderRoutesOptions, upgraderRoutes } from './routes/upgrader-routes.js';
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
export { type CampaignThings, campaign } from './things/campaign-thing.js';
export { type CampaignsParts, campaigns } from './things/campaigns.js';
export { type ChangeRouter, routeChanges } from './things/change-router.js';
export { deviceUpgrader, type UpgraderThings } from './things/device-upgrader.js';
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
export type { CampaignChange, Removal, UpgradeChange } from './upgrade-change.js';
export type { Direction, Report, UpgradeEvent } from './upgrade-event.js';
export { tailOf } from './upgrade-log.js';
export { type Advanced, advanceUpgrade, type Circumstances, isRefused, type Refused } from './upgrade-machine.js';
export { checkOptions, completeOptions, flagsOf, UpgradeOptions } from './upgrade-options.js';
export { createUpgradeRecord, type UpgradeRecord, type UpgradeRecordOptions } from './upgrade-record.js';
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
export { isAllowed, type Right, type UpgraderRights, visibleOrganizations } from './upgrader-rights.js';
export {
  type BatchCounts,
  type BatchState,
  type BatchStatus,
  batchCounts,
  batchState,
  batchStatus,
  type Logged,
  type OperationProgress,
  operationProgress,
} from './wire/batch-messages.js';
export { type ClientMessage, type ObjectKey, readClientMessage } from './wire/client-message.js';
export { DIALECTS, type Dialect, isDialect } from './wire/dialect.js';
export { LOG_LIMITS, type OperationExtension, type WireOperation, wireOperation } from './wire/operation.js';
export {
  type DeviceEnvelope,
  type DeviceMessage,
  deviceMessage,
  type OperationUpdate,
  operationUpdate,
  type Telling,
} from './wire/operation-messages.js';
