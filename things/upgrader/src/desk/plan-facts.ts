import type { Catalogue } from '../catalogue.js';
import { PHASE_NAMES, stageOf } from '../phase.js';
import type { KnownFirmware, PlanFacts } from '../plan.js';
import type { UpgradeTable } from '../upgrade-table.js';
import type { DeskParts } from './desk-parts.js';
import { readAll } from './read-all.js';

const PAGE = 1000;
const ACTIVE = PHASE_NAMES.filter((phase) => stageOf(phase) !== 'ended');

/**
 * Reads what a plan asks of the devices, so that it can be made without waiting. `taken` are devices that were found to be held by what has
 * ended, and whose driver has not stopped.
 */
export async function readPlanFacts(
  { catalogue, record, fleet, drivers }: Pick<DeskParts, 'catalogue' | 'record' | 'fleet' | 'drivers'>,
  taken: ReadonlySet<string>,
): Promise<PlanFacts> {
  const [firmware, held] = [await knownFirmware(catalogue), await heldDevices(record.tables.upgrades)];
  const options = new Map(drivers.map((driver) => [driver.name, driver.options]));
  return {
    devices: fleet.list(),
    firmwareOf: (device) => firmware.get(device),
    isHeld: (device) => held.has(device) || taken.has(device),
    optionsOf: (driver) => options.get(driver),
  };
}

/** What each device has, by device. */
async function knownFirmware(catalogue: Catalogue): Promise<ReadonlyMap<string, KnownFirmware>> {
  const builds = new Map((await readAll(catalogue.builds)).map((build) => [build.id, build]));
  const images = new Map((await readAll(catalogue.images)).map((image) => [image.id, image]));
  const known = new Map<string, KnownFirmware>();
  for (const { id, device, image: imageID, installed } of await readAll(catalogue.firmware)) {
    const image = images.get(imageID);
    const build = image && builds.get(image.build);
    if (build) known.set(device, { id, category: build.category, build: build.id, type: image.type, installed });
  }
  return known;
}

async function heldDevices(table: Pick<UpgradeTable, 'find'>): Promise<ReadonlySet<string>> {
  const held = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const { items } = await table.find({ phases: ACTIVE, offset, limit: PAGE });
    for (const { device } of items) held.add(device);
    if (items.length < PAGE) return held;
  }
}
