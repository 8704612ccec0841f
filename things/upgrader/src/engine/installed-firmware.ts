import { randomUUID } from 'node:crypto';
import type { Now } from '@thingwright/core';
import type { Catalogue, DeviceFirmware } from '../catalogue.js';
import type { DriverResult } from '../driver.js';
import { stageOf } from '../phase.js';
import type { Upgrade } from '../upgrade.js';

/**
 * Files what a device has now: the image of its upgrade, if that was installed, or was flashed and the device did not come back (reference,
 * sections 5.5 and 7). What it had before is not there any more; another image that it was given meanwhile, it still shall have.
 */
export async function fileInstalled(
  { firmware, images }: Pick<Catalogue, 'firmware' | 'images'>,
  upgrade: Upgrade,
  { result, now }: { readonly result: DriverResult; readonly now: Now },
): Promise<void> {
  const { device, image, phase } = upgrade;
  if (image === null || !isInstalled(result, stageOf(phase) === 'flashed')) return;
  const [known] = (await firmware.find({ where: { device }, limit: 1 })).items;
  if (known && (known.image === image ? known.installed : isWishedSince(known, upgrade))) return;
  // Gone with its build, while its device was flashed.
  if (!known && !(await images.get(image))) return;
  const row = known ?? { id: randomUUID(), created: now(), device };
  await firmware.put({ ...row, image, installed: true, modified: now() });
}

const isWishedSince = ({ installed, modified }: DeviceFirmware, { created }: Upgrade): boolean =>
  !installed && modified >= created;

const isInstalled = ({ result }: DriverResult, isFlashed: boolean): boolean =>
  (result === 'succeeded' && isFlashed) || result === 'notNeeded' || (result === 'unknown' && isFlashed);
