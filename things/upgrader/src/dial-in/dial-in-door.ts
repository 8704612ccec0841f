import { type Log, ThingError } from '@thingwright/core';
import { bearerToken, type DeviceIdentities, openDoor, type Timer } from '@thingwright/device-link';
import { type Listener, sendBytes } from '@thingwright/listener';
import type { Driver, DriverRun } from '../driver.js';
import { dialInDriver } from './dial-in-driver.js';
import { type UpgradableLinks, upgradableLinks } from './upgradable-links.js';

/** What devices that dial in need of the program that serves them. */
export interface UpgradableDevicesOptions {
  readonly identities: DeviceIdentities;
  readonly log: Log;
  readonly timer: Timer;
  /** The UUID of a device that can be upgraded, by its local name; undefined: there is none. */
  deviceOf(name: string): string | undefined;
  /** How many are upgraded at once; null, the default: no limit of their own. */
  readonly concurrency?: number | null;
}

/** Devices that dial in to be upgraded. */
export interface UpgradableDevices {
  readonly driver: Driver;
  readonly links: UpgradableLinks;
  /** Adds the door and the route of images; disposing the result closes all connections with 1012. */
  open(listener: Listener): AsyncDisposable;
}

/** Where devices dial in, and below what they get their images. */
const DOOR = '/ws/upgradable/:name';
const IMAGES = '/api/v1/upgradable';
const MAX_MESSAGE = 16_384;
const DECOY = 'no-token-was-shown';

/** Makes the driver of devices that dial in, with their door. */
export function upgradableDevices(options: UpgradableDevicesOptions): UpgradableDevices {
  const { identities, log, timer, deviceOf, concurrency = null } = options;
  const links = upgradableLinks();
  /** What devices may get now, by the ids of upgrades. */
  const offers = new Map<string, DriverRun>();
  const driver = dialInDriver({
    links,
    timer,
    concurrency,
    pathOf: ({ upgrade }) => `${IMAGES}/${links.name(upgrade.device) ?? ''}/images/${upgrade.id}`,
    offer(run) {
      offers.set(run.upgrade.id, run);
      return () => void offers.delete(run.upgrade.id);
    },
  });

  /** The image that a device may get, with the same answer to whoever may not. */
  const offered = async (
    { name, upgrade }: { readonly name: string; readonly upgrade: string },
    { token, peer }: { readonly token: string | undefined; readonly peer: string },
  ): Promise<DriverRun> => {
    const identity = await identities.verify(name, token ?? DECOY);
    if (!identity) identities.failed?.(name, peer);
    if (!identity || token === undefined) throw new ThingError('forbidden', 'Access denied');
    const run = offers.get(upgrade);
    if (!run || run.upgrade.device !== deviceOf(name)) throw new ThingError('notFound', 'There is no such image');
    return run;
  };

  return {
    driver,
    links,
    open(listener) {
      const door = openDoor({
        identities,
        log,
        timer,
        maxPayload: MAX_MESSAGE,
        peerOf: (request) => listener.addressOf(request),
        receive(link) {
          const id = deviceOf(link.name);
          if (id !== undefined) return links.attach(id, link);
          link.close(1008, 'removed');
          return { frame() {}, closed() {} };
        },
      });
      listener.upgrade(DOOR, (upgrade) =>
        door.admit(upgrade, { name: upgrade.params.name ?? '', token: bearerToken(upgrade.request) }),
      );
      listener.fastify.get<{ Params: { name: string; upgrade: string } }>(
        `${IMAGES}/:name/images/:upgrade`,
        async (request, reply) => {
          const peer = listener.addressOf(request.raw);
          const { image } = await offered(request.params, { token: bearerToken(request.raw), peer });
          return sendBytes(request, reply, {
            name: image.fileName,
            size: image.size,
            sha256: image.sha256,
            read: (part) => image.read(part),
          });
        },
      );
      let closed: Promise<void> | undefined;
      const close = (): Promise<void> => {
        listener.closing.removeEventListener('abort', onClosing);
        closed ??= door.close(1012);
        return closed;
      };
      const onClosing = (): void => void close();
      if (listener.closing.aborted) onClosing();
      else listener.closing.addEventListener('abort', onClosing);
      return { [Symbol.asyncDispose]: close };
    },
  };
}
