export type { AdoptedThingRecord, AdoptedThings, NewAdoptedThing } from './adopted-things.js';
export type { AuditQuery, AuditRecord, AuditTrail } from './audit.js';
export { type BackupOptions, type BackupSummary, writeBackup } from './backup.js';
export type { BackupCounts, BackupHeader } from './backup-format.js';
export type { Declined } from './declined.js';
export type { DeviceRecord, DeviceRegistry, NewDevice, TokenMatch } from './device-registry.js';
export type { ByteRange, FileLimits, FileRecord, Files, NewFile, OpenFile } from './files.js';
export type {
  DeviceFirmwareEntry,
  FirmwareBuild,
  FirmwareCatalogue,
  FirmwareCategory,
  FirmwareContents,
  FirmwareImageEntry,
  Shelf,
  ShelfQuery,
} from './firmware/firmware-catalogue.js';
export type {
  History,
  HistoryBucket,
  HistoryPage,
  HistoryPoint,
  HistoryQuery,
  HistorySpan,
  Retention,
} from './history.js';
export type { RetentionDefaults } from './housekeeping.js';
export { openStore, type StoreOptions } from './open-store.js';
export type {
  CredentialEnd,
  CredentialKind,
  CredentialMatch,
  CredentialRecord,
  GrantRecord,
  NewCredential,
  NewPrincipal,
  PasswordMatch,
  PrincipalRecord,
  Principals,
} from './principals.js';
export type { DirectoryChange, DirectoryEventRecord, RegistrationRecord, Registrations } from './registrations.js';
export { type RestoreOptions, type RestoreSummary, restoreBackup } from './restore.js';
export type { NewResult, ResultRecord, Results, ResultsQuery } from './results.js';
export { openSecretFile, type Secret } from './secret-file.js';
export type { Store } from './store.js';
export type { StoreJournalLimits, StoreMemory } from './store-memory.js';
export type { CampaignRow, CampaignRowQuery, CampaignRows, SkippedRow } from './upgrades/campaign-rows.js';
export type {
  KeptUpgradeRow,
  LeaseRow,
  NewUpgradeRow,
  PageQuery,
  RowSlice,
  UpgradeLine,
  UpgradeReplacement,
  UpgradeRow,
  UpgradeRowFilter,
  UpgradeRowQuery,
  UpgradeRows,
} from './upgrades/upgrade-rows.js';
export type { WriterStats } from './writer.js';
