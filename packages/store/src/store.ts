import type { AdoptedThings } from './adopted-things.js';
import type { AuditTrail } from './audit.js';
import type { Declined } from './declined.js';
import type { DeviceRegistry } from './device-registry.js';
import type { Files } from './files.js';
import type { FirmwareCatalogue, FirmwareContents } from './firmware/firmware-catalogue.js';
import type { History } from './history.js';
import type { Principals } from './principals.js';
import type { Registrations } from './registrations.js';
import type { Results } from './results.js';
import type { StoreMemory } from './store-memory.js';
import type { CampaignRows } from './upgrades/campaign-rows.js';
import type { UpgradeRows } from './upgrades/upgrade-rows.js';
import type { WriterStats } from './writer.js';

/** What a gateway must remember. Disposing closes it, with all that was taken written; a second dispose does nothing. */
export interface Store extends AsyncDisposable {
  /** The id of the gateway's own Thing, made when the store was; `urn:uuid:` and a UUIDv4. */
  readonly gatewayID: string;
  readonly devices: DeviceRegistry;
  readonly principals: Principals;
  readonly adoptedThings: AdoptedThings;
  /** What somebody let go of. */
  readonly declined: Declined;
  /** What of Things outlives the process: changes, latest values, invocations. */
  readonly memory: StoreMemory;
  /** What the properties of Things were. */
  readonly history: History;
  /** Who did what. */
  readonly audit: AuditTrail;
  /** What devices deliver and are given: results, images. */
  readonly files: Files;
  /** What devices have delivered, with its files. */
  readonly results: Results;
  /** What others have registered in the directory. */
  readonly registrations: Registrations;
  /** Upgrades of devices, with their logs. */
  readonly upgrades: UpgradeRows;
  /** Upgrades of many devices. */
  readonly campaigns: CampaignRows;
  /** What devices can be upgraded to, and what they have. */
  readonly firmware: FirmwareCatalogue;
  /** The bytes of that. */
  readonly firmwareContents: FirmwareContents;
  /** What it has written, for metrics. */
  stats(): WriterStats;
  /** Resolves if the store can be written. @throws ThingError `unavailable` if not. */
  check(): Promise<void>;
}
