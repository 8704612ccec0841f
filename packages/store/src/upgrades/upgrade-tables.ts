/** The position of the last change of an upgrade: a single row. */
interface UpgradePositionTable {
  readonly one: number;
  readonly position: number;
}

/** What is looked for by stands in columns; all of it is in `kept`, but for how long a lease lasts. Milliseconds since 1970. */
export interface UpgradesTable {
  readonly id: string;
  readonly position: number;
  readonly device: string;
  readonly organization: string;
  readonly image: string | null;
  readonly campaign: string | null;
  readonly group_number: number;
  readonly place: number;
  readonly phase: string;
  readonly holds_device: number;
  readonly requested_by: string;
  readonly client_key: string | null;
  readonly created: number;
  readonly modified: number;
  readonly seq: number;
  readonly lease_holder: string | null;
  readonly lease_fence: number | null;
  readonly lease_until: number | null;
  /** When it is due even if its lease is prolonged. */
  readonly latest: number | null;
  readonly due: number | null;
  /** How many entries its log has. */
  readonly lines: number;
  /** JSON. */
  readonly kept: string;
}

interface UpgradeLinesTable {
  readonly upgrade: string;
  readonly number: number;
  readonly at: number;
  readonly text: string;
}

/** As `upgrades`. */
export interface CampaignsTable {
  readonly id: string;
  readonly build: string;
  readonly organization: string | null;
  readonly phase: string;
  readonly outcome: string | null;
  readonly is_ended: number;
  readonly created_by: string;
  readonly client_key: string | null;
  readonly created: number;
  readonly modified: number;
  readonly seq: number;
  readonly kept: string;
}

interface CampaignSkipsTable {
  readonly campaign: string;
  readonly place: number;
  readonly device: string;
  readonly name: string;
  readonly organization: string;
  readonly reason: string;
}

interface Times {
  readonly id: string;
  readonly created: number;
  readonly modified: number;
}

/** A row of `firmware_categories`. */
export interface FirmwareCategoriesTable extends Times {
  readonly name: string;
  readonly description: string;
  readonly organization: string | null;
}

/** A row of `firmware_builds`. */
export interface FirmwareBuildsTable extends Times {
  readonly category: string;
  readonly version: string;
  readonly os: string | null;
  readonly changelog: string;
}

/** A row of `firmware_images`; `content` is the id of its file. */
export interface FirmwareImagesTable extends Times {
  readonly build: string;
  readonly type: string;
  readonly file_name: string;
  readonly size: number;
  readonly sha256: string;
  readonly content: string;
  readonly signature_key: string | null;
  readonly signature: string | null;
}

/** A row of `device_firmware`. */
export interface DeviceFirmwareTable extends Times {
  readonly device: string;
  readonly image: string;
  readonly installed: number;
}

/** The tables of upgrades and of firmware. */
export interface UpgradeTables {
  readonly upgrade_position: UpgradePositionTable;
  readonly upgrades: UpgradesTable;
  readonly upgrade_lines: UpgradeLinesTable;
  readonly campaigns: CampaignsTable;
  readonly campaign_skips: CampaignSkipsTable;
  readonly firmware_categories: FirmwareCategoriesTable;
  readonly firmware_builds: FirmwareBuildsTable;
  readonly firmware_images: FirmwareImagesTable;
  readonly device_firmware: DeviceFirmwareTable;
}
