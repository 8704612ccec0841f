import { randomUUID } from 'node:crypto';
import type { Now } from '@thingwright/core';
import type { Catalogue } from '../catalogue.js';
import type { DriverResult } from '../driver.js';
import { stageOf } from '../phase.js';
import type { Upgrade } from '../upgrade.js';

/**
 * Files what a device has now: the image of its upgrade, if that was installed, or was flashed and the device did not come back (reference,
 * sections 5.5 and 7). A device that was given another image meanwhile keeps that one in the catalogue.
 */
export async function fileInstalled(
  { firmware, images }: Pick<Catalogue, 'firmware' | 'images'>,
  upgrade: Upgrade,
  { result, now }: { readonly result: DriverResult; readonly now: Now },
): Promise<void> {
  const { device, image, phase } = upgrade;
  if (image === null || !isInstalled(result, stageOf(phase) === 'flashed')) return;
  const [known] = (await firmware.find({ where: { device }, limit: 1 })).items;
  if (known && (known.image !== image || known.installed)) return;
  // Gone with its build, while its device was flashed.
  if (!known && !(await images.get(image))) return;
  const row = known ?? { id: randomUUID(), created: now(), device, image };
  await firmware.put({ ...row, installed: true, modified: now() });
}

const isInstalled = ({ result }: DriverResult, isFlashed: boolean): boolean =>
  (result === 'succeeded' && isFlashed) || result === 'notNeeded' || (result === 'unknown' && isFlashed);
