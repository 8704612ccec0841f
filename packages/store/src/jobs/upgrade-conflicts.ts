import type { Kysely } from 'kysely';
import type { Tables } from '../tables.js';
import type { CampaignRow } from '../upgrades/campaign-rows.js';
import type { NewUpgradeRow, UpgradeReplacement } from '../upgrades/upgrade-rows.js';
import { portions } from './portions.js';

/** Values of one question. */
const AT_ONCE = 500;

interface Wish {
  readonly added: readonly NewUpgradeRow[];
  readonly replaced: readonly UpgradeReplacement[];
  readonly campaign: CampaignRow | undefined;
}

/** Why upgrades cannot be added; undefined: they can. Asked in the transaction that adds them. */
export async function conflictOf(db: Kysely<Tables>, { added, replaced, campaign }: Wish): Promise<string | undefined> {
  const freed = new Set<string>();
  for (const { upgrade, expected } of replaced) {
    const row = await db.selectFrom('upgrades').select('seq').where('id', '=', upgrade.id).executeTakeFirst();
    if (row?.seq !== expected) return `Upgrade ${upgrade.id} has changed`;
    if (!upgrade.holdsDevice) freed.add(upgrade.id);
  }
  const upgrades = added.map(({ upgrade }) => upgrade);
  return (
    (campaign && (await conflictOfCampaign(db, campaign))) ??
    (await knownID(
      db,
      upgrades.map(({ id }) => id),
    )) ??
    (await takenKey(db, upgrades)) ??
    takenTwice(upgrades) ??
    (await heldDevice(db, upgrades, freed))
  );
}

async function conflictOfCampaign(
  db: Kysely<Tables>,
  { id, createdBy, clientKey }: CampaignRow,
): Promise<string | undefined> {
  const same = await db.selectFrom('campaigns').select('id').where('id', '=', id).executeTakeFirst();
  if (same) return `There is a campaign ${id}`;
  if (clientKey === null) return undefined;
  const before = await db
    .selectFrom('campaigns')
    .select('id')
    .where('created_by', '=', createdBy)
    .where('client_key', '=', clientKey)
    .executeTakeFirst();
  return before && `The key '${clientKey}' was used before`;
}

async function knownID(db: Kysely<Tables>, ids: readonly string[]): Promise<string | undefined> {
  if (new Set(ids).size < ids.length) return 'An upgrade is there twice';
  for (const some of portions(ids, AT_ONCE)) {
    const row = await db.selectFrom('upgrades').select('id').where('id', 'in', some).limit(1).executeTakeFirst();
    if (row) return `There is an upgrade ${row.id}`;
  }
  return undefined;
}

async function takenKey(
  db: Kysely<Tables>,
  upgrades: readonly NewUpgradeRow['upgrade'][],
): Promise<string | undefined> {
  const keys = new Set<string>();
  for (const { requestedBy, clientKey } of upgrades) {
    if (clientKey === null) continue;
    const row = await db
      .selectFrom('upgrades')
      .select('id')
      .where('requested_by', '=', requestedBy)
      .where('client_key', '=', clientKey)
      .executeTakeFirst();
    const key = JSON.stringify([requestedBy, clientKey]);
    if (row || keys.has(key)) return `The key '${clientKey}' was used before`;
    keys.add(key);
  }
  return undefined;
}

const held = (device: string): string => `Device ${device} is held by another upgrade`;

function takenTwice(upgrades: readonly NewUpgradeRow['upgrade'][]): string | undefined {
  const taken = new Set<string>();
  for (const { device, holdsDevice } of upgrades) {
    if (!holdsDevice) continue;
    if (taken.has(device)) return held(device);
    taken.add(device);
  }
  return undefined;
}

async function heldDevice(
  db: Kysely<Tables>,
  upgrades: readonly NewUpgradeRow['upgrade'][],
  freed: ReadonlySet<string>,
): Promise<string | undefined> {
  const devices = upgrades.flatMap(({ device, holdsDevice }) => (holdsDevice ? [device] : []));
  for (const some of portions(devices, AT_ONCE)) {
    const rows = await db
      .selectFrom('upgrades')
      .select(['id', 'device'])
      .where('holds_device', '=', 1)
      .where('device', 'in', some)
      .execute();
    const holder = rows.find(({ id }) => !freed.has(id));
    if (holder) return held(holder.device);
  }
  return undefined;
}
