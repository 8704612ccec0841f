import type { Catalogue } from '../catalogue.js';
import type { KnownFirmware, PlanFacts } from '../plan.js';
import type { DeskParts } from './desk-parts.js';
import { readAll } from './read-all.js';

/** Reads what a plan asks of the devices, so that it can be made without waiting. */
export async function readPlanFacts({
  catalogue,
  record,
  fleet,
  drivers,
}: Pick<DeskParts, 'catalogue' | 'record' | 'fleet' | 'drivers'>): Promise<PlanFacts> {
  const [firmware, held] = [await knownFirmware(catalogue), new Set(await record.tables.upgrades.heldDevices())];
  const options = new Map(drivers.map((driver) => [driver.name, driver.options]));
  return {
    devices: fleet.list(),
    firmwareOf: (device) => firmware.get(device),
    isHeld: (device) => held.has(device),
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
