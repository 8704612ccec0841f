import { isMembers, type Log, type Now, ThingError } from '@thingwright/core';
import type { DeviceRecord } from '@thingwright/store';
import type { DeviceConnection, OpenWrtAccess, OpenWrtCredentials } from '@thingwright/upgrader';
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
  /** What came of the attempts to log in; null: there were none, or there is no such device. */
  connection(id: string): DeviceConnection | null;
  /** Emits the id of a device whose connection has failed again, or works as it did not before. */
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
  readonly log: Log;
  readonly now?: Now;
}

interface KnownDevice {
  readonly record: DeviceRecord;
  hostKey: string | undefined;
  connection: DeviceConnection | null;
}

/** What a device remembers: their names in the registry. */
const HOST_KEY = 'hostKey';
const CONNECTION = 'connection';
const USERNAME = 'root';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Makes them without devices. Credentials are read from the store for each attempt, and not kept here. */
export function createOpenWrtDevices(parts: OpenWrtDevicesParts): OpenWrtDevices {
  const { credentials, remember, addresses, log, now = Date.now } = parts;
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
        if (!device) return;
        const before = device.connection;
        const connection = attempted(before, reason, now());
        device.connection = connection;
        remember(device.record.id, CONNECTION, connection).catch((error: unknown) => {
          log.warn({ device: device.record.name, error }, 'what came of an attempt to log in could not be kept');
        });
        // Whoever waits for it to come is not told again that it is there.
        if (!(connection.isWorking && before?.isWorking)) changes.next(id);
      },
    },
    put(record) {
      const id = bareID(record.id);
      const before = known.get(id);
      // What was seen since the record was read counts.
      const hostKey = before?.hostKey ?? text(record.memory[HOST_KEY]);
      const connection = before ? before.connection : toConnection(record.memory[CONNECTION]);
      known.set(id, { record, hostKey, connection });
    },
    remove: (id) => void known.delete(id),
    connection: (id) => known.get(id)?.connection ?? null,
    changes: changes.asObservable(),
    forgetHostKey: (id) => keepHostKey(id, undefined),
    async checkHost(host) {
      await addressesOf(host);
    },
  };
}

function attempted(before: DeviceConnection | null, failureReason: string | null, moment: number): DeviceConnection {
  const isWorking = failureReason === null;
  const since = before?.isWorking === isWorking ? before.since : moment;
  return { isWorking, failureReason, since, lastAttempt: moment };
}

function toConnection(kept: unknown): DeviceConnection | null {
  if (!isMembers(kept)) return null;
  const { isWorking, failureReason, since, lastAttempt } = kept;
  if (typeof isWorking !== 'boolean' || typeof since !== 'number' || typeof lastAttempt !== 'number') return null;
  return { isWorking, failureReason: text(failureReason) ?? null, since, lastAttempt };
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
