import { ThingError } from '@thingwright/core';
import type { Catalogue, ImageContents } from '../catalogue.js';
import type { DriverImage } from '../driver.js';
import type { Upgrade } from '../upgrade.js';

/**
 * What a driver is to install for an upgrade. An image that was deleted is given as such: where its device was flashed before, what came of it
 * is found out all the same.
 */
export async function driverImage(
  { images, builds }: Pick<Catalogue, 'images' | 'builds'>,
  contents: Pick<ImageContents, 'read'>,
  upgrade: Upgrade,
): Promise<DriverImage> {
  const { image, build, sha256, version } = upgrade;
  const row = image === null ? undefined : await images.get(image);
  const os = (build === null ? undefined : await builds.get(build))?.os ?? null;
  if (!row) return { ...GONE, sha256: sha256 ?? '', version: version ?? '', os };
  return {
    fileName: row.fileName,
    size: row.size,
    sha256: row.sha256,
    signature: row.signature,
    version: version ?? '',
    os,
    read: (range) => contents.read(row.content, range),
  };
}

const GONE = {
  fileName: 'deleted',
  size: 0,
  signature: null,
  isDeleted: true,
  read: () => Promise.reject(new ThingError('notFound', 'The image was deleted')),
} as const;
