import { type Authentication, type Log, type Site, ThingError } from '@thingwright/core';
import {
  bearerToken,
  type DeviceIdentities,
  openDoor,
  openLines,
  type Receiver,
  type Timer,
} from '@thingwright/device-link';
import type { Listener, Upgrade } from '@thingwright/listener';
import type { TelemetryDevice } from './telemetry-device.js';

/** What the doors need besides Site and Listener. */
export interface TelemetryDoorsOptions {
  readonly identities: DeviceIdentities;
  readonly log: Log;
  readonly timer: Timer;
  /** The device of that name, if there is one. */
  deviceOf(name: string): TelemetryDevice | undefined;
}

/** The doors of telemetry at work. Disposing closes all their connections with 1001. */
export interface TelemetryDoors extends AsyncDisposable {
  /** Attempts that were refused so far. */
  readonly refused: number;
}

const READER_BACKLOG = 65_536;
const DEVICE_PATH = '/ws/device/:name';
const DASHBOARD_PATH = '/ws/dashboard/:name';

/**
 * Opens both doors. The credential alone decides the role (T2, T3): the device's own token makes a publisher, on the device
 * door only; whoever may read the property `telemetry` is a reader, on both. All others get 403 with an empty body.
 */
export function openTelemetryDoors(site: Site, listener: Listener, options: TelemetryDoorsOptions): TelemetryDoors {
  const { identities, log, timer, deviceOf } = options;
  const readers = openLines({ log, timer, backlogLimit: READER_BACKLOG });
  const door = openDoor({
    identities,
    log,
    timer,
    peerOf: (request) => listener.addressOf(request),
    receive(link) {
      const device = deviceOf(link.name);
      if (device) return device.attach(link);
      link.close(1008, 'removed');
      return { frame() {}, closed() {} };
    },
  });
  const duplicates = door.duplicates.subscribe(({ name }) => deviceOf(name)?.tellDuplicate());

  const mayRead = ({ principal }: Authentication, name: string): boolean => {
    const thing = site.things.get(name);
    // A device's credential is for its own door; whatever else it may do, it does not look at others.
    if (!thing || principal.kind === 'device') return false;
    return site.policy({ principal, thing, operation: 'readproperty', affordance: 'telemetry' });
  };

  const admitReader = async (upgrade: Upgrade, name: string): Promise<boolean> => {
    const authentication = await authenticate(listener, upgrade);
    const device = deviceOf(name);
    if (!authentication || !device || !mayRead(authentication, name)) return false;
    readers.accept(upgrade, listener.addressOf(upgrade.request), (line): Receiver => {
      const { ended } = authentication;
      const end = (): void => line.close(1008, 'the credential has ended');
      ended?.addEventListener('abort', end);
      device.addReader(line);
      return {
        // What a reader sends has no effect.
        frame() {},
        closed() {
          ended?.removeEventListener('abort', end);
          device.removeReader(line);
        },
      };
    });
    return true;
  };

  listener.upgrade(DEVICE_PATH, (upgrade) => {
    const { name = '' } = upgrade.params;
    return door.admit(upgrade, {
      name,
      token: bearerToken(upgrade.request),
      otherwise: () => admitReader(upgrade, name),
    });
  });
  listener.upgrade(DASHBOARD_PATH, (upgrade) => {
    const { name = '' } = upgrade.params;
    return door.admit(upgrade, { name, token: undefined, otherwise: () => admitReader(upgrade, name) });
  });

  const close = async (): Promise<void> => {
    listener.closing.removeEventListener('abort', onClosing);
    duplicates.unsubscribe();
    await Promise.all([door[Symbol.asyncDispose](), readers[Symbol.asyncDispose]()]);
  };
  const onClosing = (): void => void close();
  if (listener.closing.aborted) onClosing();
  else listener.closing.addEventListener('abort', onClosing);

  return {
    get refused() {
      return door.refused;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Who asks; undefined for whoever cannot be let in. Rejects with a ThingError `unavailable` when that cannot be told. */
async function authenticate(listener: Listener, { request }: Upgrade): Promise<Authentication | undefined> {
  try {
    const authentication = await listener.authenticate(request);
    return authentication?.ended?.aborted ? undefined : authentication;
  } catch (error) {
    // Too many failures, a page of a foreign origin: this door has one answer for all of them.
    if (error instanceof ThingError && error.code !== 'unavailable') return undefined;
    throw error;
  }
}
