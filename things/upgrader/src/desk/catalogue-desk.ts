import type { Build, Category, FirmwareImage, ImageContents } from '../catalogue.js';
import { discovered, type FiledImage } from '../catalogue-rules.js';
import type { FleetDevice } from '../fleet.js';
import { drainUpgrades } from '../upgrade-pages.js';
import type { DeskParts } from './desk-parts.js';
import { readAll } from './read-all.js';
import type { UpgradeDesk } from './upgrade-desk.js';

/** What entries of the catalogue are removed and recognised with: their files go with them, and upgrades learn of it. */
export interface CatalogueDesk {
  removeCategory(category: Category): Promise<void>;
  removeBuild(build: Build): Promise<void>;
  removeImage(image: FirmwareImage): Promise<void>;
  /** Notes of devices that say that they run this image that they have it; begins nothing (reference, section 4.2). */
  recognise(image: FiledImage): Promise<void>;
}

/** Makes the desk. */
export function createCatalogueDesk(
  parts: DeskParts & { readonly contents: ImageContents; readonly upgrades: UpgradeDesk },
): CatalogueDesk {
  const { catalogue, contents, record, fleet, hardware, upgrades } = parts;

  const forget = async ({ id, content }: FirmwareImage): Promise<void> => {
    await drainUpgrades(
      record.tables.upgrades,
      { image: id },
      {
        async work(items) {
          for (const upgrade of items) await record.advance(upgrade.id, { type: 'imageDeleted' });
        },
        // None of them has the image any more.
        remaining: async () => 0,
      },
    );
    await contents.remove(content);
  };

  /** The rows go first: of what is not there any more nothing new can begin. */
  const removeWith = async (images: readonly FirmwareImage[], remove: () => Promise<unknown>): Promise<void> => {
    await remove();
    for (const image of images) await forget(image);
  };

  const has = async ({ id }: FleetDevice): Promise<boolean> => (await upgrades.firmware(id)) !== undefined;

  return {
    async removeCategory({ id }) {
      const builds = await readAll(catalogue.builds, { category: id });
      const images = await readAll(catalogue.images, { build: builds.map((build) => build.id) });
      await removeWith(images, () => catalogue.categories.remove(id));
    },
    async removeBuild({ id }) {
      await removeWith(await readAll(catalogue.images, { build: id }), () => catalogue.builds.remove(id));
    },
    removeImage: (image) => removeWith([image], () => catalogue.images.remove(image.id)),
    async recognise(image) {
      for (const device of [...fleet.list()]) {
        const runs = device.isActive && discovered(device, [image], hardware);
        if (runs && !(await has(device))) await upgrades.file(device, image, { installed: true });
      }
    },
  };
}
