import { randomUUID } from 'node:crypto';
import { type Log, type Now, silent, ThingError } from '@thingwright/core';
import type { Catalogue, HardwareType } from '../catalogue.js';
import { discovered, type FiledImage } from '../catalogue-rules.js';
import { readAll } from '../desk/read-all.js';
import type { Fleet, FleetDevice } from '../fleet.js';

/** What devices are recognised with. */
export interface RecognitionParts {
  readonly fleet: Fleet;
  readonly catalogue: Catalogue;
  readonly hardware: readonly HardwareType[];
  /** Is told the id of each device that was recognised. */
  readonly recognised?: (device: string) => void;
  readonly now?: Now;
  readonly log?: Log;
}

/**
 * Notes of devices that come, and say that they run an image that is known, that they have it; begins nothing (reference, section 4.2). What a
 * device says is looked up once, until it says something else. Disposing waits for what is being looked up.
 */
export function recogniseDevices(parts: RecognitionParts): AsyncDisposable {
  const { fleet, catalogue, hardware, recognised, now = Date.now, log = silent } = parts;
  /** What was looked up of each device. */
  const asked = new Map<string, string>();
  const waiting = new Set<string>();
  let working: Promise<void> | undefined;
  let isClosed = false;

  const work = async (): Promise<void> => {
    // Whoever began this has to know of it before it ends.
    await Promise.resolve();
    for (const id of waiting) {
      if (isClosed) return;
      waiting.delete(id);
      try {
        const device = fleet.get(id);
        if (device) await recognise(device);
      } catch (error) {
        asked.delete(id);
        log.warn({ device: id, error }, 'what a device runs could not be looked up');
      }
    }
    working = undefined;
  };

  const recognise = async (device: FleetDevice): Promise<void> => {
    const { count } = await catalogue.firmware.find({ where: { device: device.id }, limit: 1 });
    const runs = count === 0 ? discovered(device, await imagesOf(device), hardware) : undefined;
    if (!runs) return;
    const moment = now();
    const { id: image } = runs.image;
    const row = { id: randomUUID(), device: device.id, image, installed: true, created: moment, modified: moment };
    try {
      await catalogue.firmware.put(row);
      recognised?.(device.id);
    } catch (error) {
      // It was given something meanwhile, or the image is gone.
      if (!(error instanceof ThingError && error.code === 'conflict')) throw error;
    }
  };

  const imagesOf = async ({ os }: FleetDevice): Promise<readonly FiledImage[]> => {
    const builds = await readAll(catalogue.builds, { os });
    const filed: FiledImage[] = [];
    for (const build of builds) {
      const category = await catalogue.categories.get(build.category);
      for (const image of category ? await readAll(catalogue.images, { build: build.id }) : []) {
        if (category) filed.push({ image, build, category });
      }
    }
    return filed;
  };

  const subscription = fleet.changes.subscribe((id) => {
    const device = fleet.get(id);
    if (!device) {
      asked.delete(id);
      return;
    }
    const { os, model, organization, isActive } = device;
    const says = JSON.stringify([os, model, organization]);
    if (os === null || model === null || !isActive || asked.get(id) === says) return;
    asked.set(id, says);
    waiting.add(id);
    working ??= work();
  });

  return {
    async [Symbol.asyncDispose]() {
      subscription.unsubscribe();
      isClosed = true;
      await working;
    },
  };
}
