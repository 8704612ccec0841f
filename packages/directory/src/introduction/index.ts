export type { Announced, Announcement, AnnounceOptions } from './announce-dns-sd.js';
export type { BrowseOptions, Browser } from './browse-dns-sd.js';
export { type DescriptionKind, descriptionKind } from './description-kind.js';
export {
  createExplorer,
  type ExplorationLimits,
  type Explored,
  type Explorer,
  type FailedIntroduction,
  type FetchDocument,
  type FetchedDocument,
  type FoundDescription,
} from './explorer.js';
export { type FetchText, introduceServer } from './introduce-server.js';
export {
  type IntroducedType,
  type Introduction,
  LINKS_PATH,
  type Mechanism,
  mergeIntroductions,
  WELL_KNOWN_PATH,
} from './introduction.js';
export {
  type CoreLink,
  formatLinks,
  introducingLink,
  introductionsOf,
  LINK_FORMAT,
  parseLinks,
} from './link-format.js';
export type { MulticastOptions } from './multicast-link.js';
export { type DnsSD, openDnsSD } from './open-dns-sd.js';
export type { TxtKeys } from './service-instance.js';
export type { ServiceTableLimits } from './service-table.js';
