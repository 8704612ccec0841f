import { isMembers, ThingError } from '@thingwright/core';
import type { DeviceRecord } from '@thingwright/store';
import type { OpenWrtAccess, OpenWrtCredentials } from '@thingwright/upgrader';
import { type Observable, Subject } from 'rxjs';
import type { ReachableAddresses } from '../adoption/reachable-addresses.js';
import { bareID } from './bare-id.js';

/** The OpenWrt devices of a gateway, which are called by their addresses. All ids are those of their Things without the scheme. */
export interface OpenWrtDevices {
  /** For the driver. */
  readonly access: OpenWrtAccess;
  /** Takes a device, or what it is from now on. */
  put(device: DeviceRecord): void;
  remove(id: string): void;
  /** Whether the last attempt to log in was one that succeeded. */
  isOnline(id: string): boolean;
  /** Emits the id of a device that is online, or is not any more. */
  readonly changes: Observable<string>;
  /** Takes whatever host key the device shows next. @throws ThingError `notFound` if it is none of them. */
  forgetHostKey(id: string): Promise<void>;
  /** @throws ThingError `forbidden` for a host with an address that may not be reached. */
  checkHost(host: string): Promise<void>;
}

/** What they are made of. */
export interface OpenWrtDevicesParts {
  /** The credentials of a device by the id of its Thing. */
  readonly credentials: (id: string) => Promise<unknown>;
  /** Keeps a value for a device by the id of its Thing; it comes back in the record's `memory`. */
  readonly remember: (id: string, name: string, value: unknown) => Promise<void>;
  readonly addresses: Pick<ReachableAddresses, 'addressOf'>;
}

interface KnownDevice {
  readonly record: DeviceRecord;
  hostKey: string | undefined;
  isOnline: boolean;
}

/** What a device remembers: its name in the registry. */
const HOST_KEY = 'hostKey';
const USERNAME = 'root';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Makes them without devices. Credentials are read from the store for each attempt, and not kept here. */
export function createOpenWrtDevices({ credentials, remember, addresses }: OpenWrtDevicesParts): OpenWrtDevices {
  const known = new Map<string, KnownDevice>();
  const changes = new Subject<string>();

  const demand = (id: string): KnownDevice => {
    const device = known.get(id);
    if (device) return device;
    throw new ThingError('notFound', `There is no OpenWrt device ${id}`);
  };
  const keepHostKey = async (id: string, hostKey: string | undefined): Promise<void> => {
    await remember(demand(id).record.id, HOST_KEY, hostKey ?? null);
    // It may have been put anew, or removed, meanwhile.
    const device = known.get(id);
    if (device) device.hostKey = hostKey;
  };
  /** None for a name that nobody knows now; it may be known again soon. */
  const addressesOf = async (host: string): Promise<readonly string[]> => {
    try {
      return [await addresses.addressOf(host)];
    } catch (error) {
      if (error instanceof ThingError && error.code === 'unavailable') return [];
      throw error;
    }
  };

  return {
    access: {
      addresses: async (id) => addressesOf(text(demand(id).record.settings.host) ?? ''),
      credentials: async (id) => {
        const { record } = demand(id);
        return [toCredentials(record, await credentials(record.id))];
      },
      hostKey: async (id) => demand(id).hostKey,
      pin: keepHostKey,
      tried(id, reason) {
        const device = known.get(id);
        const isOnline = reason === null;
        if (!device || device.isOnline === isOnline) return;
        device.isOnline = isOnline;
        changes.next(id);
      },
    },
    put(record) {
      const id = bareID(record.id);
      const before = known.get(id);
      // What was seen since the record was read counts.
      const hostKey = before?.hostKey ?? text(record.memory[HOST_KEY]);
      known.set(id, { record, hostKey, isOnline: before?.isOnline ?? false });
    },
    remove: (id) => void known.delete(id),
    isOnline: (id) => known.get(id)?.isOnline ?? false,
    changes: changes.asObservable(),
    forgetHostKey: (id) => keepHostKey(id, undefined),
    async checkHost(host) {
      await addressesOf(host);
    },
  };
}

function toCredentials({ settings }: DeviceRecord, kept: unknown): OpenWrtCredentials {
  const { password, privateKey }: Readonly<Record<string, unknown>> = isMembers(kept) ? kept : {};
  const username = text(settings.user) ?? USERNAME;
  return {
    name: username,
    username,
    ...(typeof settings.port === 'number' ? { port: settings.port } : {}),
    ...(typeof password === 'string' ? { password } : {}),
    ...(typeof privateKey === 'string' ? { privateKey } : {}),
  };
}
