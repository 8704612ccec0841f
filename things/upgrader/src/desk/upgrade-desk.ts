import { ThingError } from '@thingwright/core';
import type { DeviceFirmware } from '../catalogue.js';
import { type FiledImage, isSelectable, refusalOfFirmware } from '../catalogue-rules.js';
import type { FleetDevice } from '../fleet.js';
import { imageNameOf } from '../new-campaign.js';
import { isEnded, newUpgrade, type Upgrade } from '../upgrade.js';
import { checkOptions, type UpgradeOptions } from '../upgrade-options.js';
import { type DeskParts, findImage, refusalError } from './desk-parts.js';
import { readAll } from './read-all.js';

/** What an upgrade of one device is asked for with. */
export interface UpgradeOrder {
  readonly image: string;
  readonly options?: UpgradeOptions | undefined;
  readonly persistent?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly notBefore?: number | undefined;
  readonly clientKey?: string | undefined;
  readonly retryOf?: string | undefined;
}

/** What upgrades of single devices are asked for with, from whichever side. */
export interface UpgradeDesk {
  /** @throws ThingError `notFound`. */
  device(id: string): FleetDevice;
  /** What a device has, and shall have. */
  firmware(device: string): Promise<DeviceFirmware | undefined>;
  /** Gives a device an image, without an upgrade. @throws ThingError `invalid` if it cannot have it. */
  file(device: FleetDevice, image: FiledImage, is: { readonly installed: boolean }): Promise<DeviceFirmware>;
  /**
   * Begins an upgrade, or gives that of the same key. @throws ThingError `invalid` in the words of the reference, `notFound`, `conflict` for a key
   * of another device.
   */
  upgrade(device: string, order: UpgradeOrder, by: string): Promise<Upgrade>;
  /** Upgrades again to the image of an upgrade that has ended. @throws ThingError `conflict` if it has not, or its image is gone. */
  retry(id: string, by: string, clientKey?: string): Promise<Upgrade>;
  /** The images that people may choose for a device. */
  eligible(device: string): Promise<readonly FiledImage[]>;
}

/** Makes the desk. */
export function createUpgradeDesk(parts: DeskParts): UpgradeDesk {
  const { record, catalogue, fleet, hardware, drivers, now, newID } = parts;

  const deviceWith = (id: string): FleetDevice => {
    const device = fleet.get(id);
    if (device) return device;
    throw new ThingError('notFound', `There is no device ${id}`);
  };

  const firmwareOf = async (device: string): Promise<DeviceFirmware | undefined> =>
    (await catalogue.firmware.find({ where: { device }, limit: 1 })).items[0];

  const demand = (device: FleetDevice, image: FiledImage, starts: boolean): void => {
    const refusal = refusalOfFirmware(device, image, { hardware, starts });
    if (refusal) throw refusalError(refusal);
  };

  /** The default needs no driver that knows it. */
  const demandOptions = ({ driver }: FleetDevice, options: UpgradeOptions): void => {
    const asked = Object.keys(options).filter((key) => key !== 'c' || options.c !== true);
    const known = drivers.find(({ name }) => name === driver);
    if (asked.length === 0 || asked.every((key) => known?.options?.includes(key))) return;
    const text = known
      ? 'Using upgrade options is not allowed with this upgrader.'
      : 'No related connection or credentials found for this device.';
    throw refusalError({ field: '__all__', text });
  };

  /** What somebody has asked for with that key; of another device it is no answer. */
  const requestedBefore = async (device: string, clientKey: string | undefined, by: string) => {
    const same = clientKey === undefined ? undefined : await record.tables.upgrades.requested(by, clientKey);
    if (same && same.device !== device) {
      throw new ThingError('conflict', `The key '${clientKey}' was used for another device`);
    }
    return same;
  };

  const file: UpgradeDesk['file'] = async (device, image, { installed }) => {
    demand(device, image, !installed);
    const before = await firmwareOf(device.id);
    const moment = now();
    const row: DeviceFirmware = {
      id: before?.id ?? newID(),
      device: device.id,
      image: image.image.id,
      installed,
      created: before?.created ?? moment,
      modified: moment,
    };
    await catalogue.firmware.put(row);
    return row;
  };

  const upgrade: UpgradeDesk['upgrade'] = async (deviceID, order, by) => {
    const device = deviceWith(deviceID);
    const { clientKey } = order;
    const same = await requestedBefore(device.id, clientKey, by);
    if (same) return same;
    const filed = await findImage(catalogue, order.image);
    if (!filed) throw refusalError({ field: 'image', text: `Invalid pk "${order.image}" - object does not exist.` });
    const options = checkOptions(order.options ?? {});
    demandOptions(device, options);
    // Refuses where what goes on there cannot be read, before anything is filed.
    await record.tables.upgrades.holding(device.id);
    await file(device, filed, { installed: false });
    const { image, build, category } = filed;
    const label = hardware.find(({ key }) => key === image.type)?.label ?? image.type;
    return record.add(
      newUpgrade(
        {
          id: newID(),
          device: device.id,
          deviceName: device.title,
          organization: device.organization,
          imageName: imageNameOf(category, build, label),
          build: build.id,
          version: build.version,
          sha256: image.sha256,
          campaign: null,
          group: 0,
          place: 0,
          options,
          persistent: order.persistent ?? false,
          notBefore: order.notBefore ?? null,
          requestedBy: by,
          clientKey: clientKey ?? null,
          retryOf: order.retryOf ?? null,
          created: now(),
        },
        image.id,
        'queued',
      ),
    );
  };

  return {
    device: deviceWith,
    firmware: firmwareOf,
    file,
    upgrade,
    async retry(id, by, clientKey) {
      const before = await record.tables.upgrades.get(id);
      if (!before) throw new ThingError('notFound', `There is no upgrade ${id}`);
      const same = await requestedBefore(before.device, clientKey, by);
      if (same) return same;
      if (!isEnded(before)) throw new ThingError('conflict', 'The upgrade goes on');
      const { image, options, persistent, device } = before;
      if (image === null) throw new ThingError('conflict', 'Its image was deleted');
      return upgrade(device, { image, options, persistent, clientKey, retryOf: id }, by);
    },
    async eligible(deviceID) {
      const device = deviceWith(deviceID);
      const has = await firmwareOf(deviceID);
      const before = has && (await findImage(catalogue, has.image));
      const categories = new Map((await readAll(catalogue.categories)).map((category) => [category.id, category]));
      const builds = new Map((await readAll(catalogue.builds)).map((build) => [build.id, build]));
      const filed = (await readAll(catalogue.images)).flatMap((image) => {
        const build = builds.get(image.build);
        const category = build && categories.get(build.category);
        return category ? [{ image, build, category }] : [];
      });
      return filed.filter((one) => isSelectable(device, one, { hardware, before }));
    },
  };
}
