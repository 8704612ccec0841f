import { type Now, ThingError } from '@thingwright/core';
import type { Catalogue, HardwareType } from '../catalogue.js';
import type { CatalogueRefusal, FiledImage } from '../catalogue-rules.js';
import type { Driver } from '../driver.js';
import type { Fleet } from '../fleet.js';
import type { UpgradeRecord } from '../upgrade-record.js';

/** What people direct upgrades and campaigns with. */
export interface DeskParts {
  readonly record: UpgradeRecord;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly hardware: readonly HardwareType[];
  readonly drivers: readonly Pick<Driver, 'name' | 'options'>[];
  readonly now: Now;
  /** Gives UUIDv4 in lower case. */
  readonly newID: () => string;
}

/** A refusal as an error, whose fault names the member that is to blame. */
export const refusalError = ({ field, text }: CatalogueRefusal): ThingError =>
  new ThingError('invalid', text, { faults: [{ path: field === '__all__' ? '' : `/${field}`, message: text }] });

/** An image with what it belongs to; undefined if there is none. */
export async function findImage(catalogue: Catalogue, id: string): Promise<FiledImage | undefined> {
  const image = await catalogue.images.get(id);
  const build = image && (await catalogue.builds.get(image.build));
  const category = build && (await catalogue.categories.get(build.category));
  return image && build && category && { image, build, category };
}
