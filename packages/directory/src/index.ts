export type { DirectoryAccess, MaySee, Subject } from './access.js';
export { type CheckedDescription, checkDescription, type DescriptionCheck } from './description-check.js';
export { checkSize, SIZE_LIMITS, type SizeLimits } from './description-size.js';
export { type DirectoryLimits, type DirectoryOptions, directory } from './directory.js';
export { DISCOVERY_CONTEXT } from './enriched.js';
export type { JournalLimits } from './event-journal.js';
export type { DirectoryRecord, RecordDirectory } from './recorded-desk.js';
export type {
  Change,
  DirectoryEvent,
  DirectoryRecords,
  EventType,
  KeptEvent,
  Registration,
} from './records.js';
export type { RegistrationWish } from './registration.js';
export type { RegistrationLimits } from './registrations.js';
export type { SearchLimits } from './search/search.js';
