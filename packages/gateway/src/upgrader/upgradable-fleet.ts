import { isMembers, type Log } from '@thingwright/core';
import type { DeviceRecord } from '@thingwright/store';
import type { DeviceConnection, Fleet, FleetDevice, Place, UpgradableDevices } from '@thingwright/upgrader';
import { merge, Subject } from 'rxjs';
import { v5 as uuid } from 'uuid';
import { bareID } from './bare-id.js';
import type { OpenWrtDevices } from './openwrt-devices.js';

/** What a device says of itself, and what is remembered of that. */
interface Firmware {
  readonly model: string | null;
  readonly os: string | null;
  readonly version: string | null;
}

interface KnownDevice extends Pick<FleetDevice, 'group' | 'location'> {
  readonly record: DeviceRecord;
  firmware: Firmware;
}

/** What a device remembers: its name in the registry. */
const FIRMWARE = 'firmware';
/** The name of the kind, and of its driver. */
export const OPENWRT = 'openwrt';
/** The namespace in which groups and locations have their ids. */
const PLACES = '0f5a2f3e-8a53-4c0f-9d60-4f4b2b0f7a11';
const UNKNOWN: Firmware = { model: null, os: null, version: null };

/** The devices of a gateway that can be upgraded. */
export interface UpgradableFleet extends Fleet {
  /** Takes a device, or what it is from now on. */
  put(device: DeviceRecord): void;
  /** By the id of its Thing. */
  remove(id: string): void;
  /** Has whoever follows a device look at it again: what else is known of it has changed. */
  touch(id: string): void;
  /** All organizations that have such devices. */
  organizations(): ReadonlySet<string>;
}

/** What a fleet is made of. */
export interface UpgradableFleetParts {
  readonly devices: {
    readonly driver: Pick<UpgradableDevices['driver'], 'name'>;
    readonly links: Pick<UpgradableDevices['links'], 'state' | 'changes'>;
  };
  /** Those of kind `openwrt`, which do not dial in. */
  readonly openWrt: Pick<OpenWrtDevices, 'put' | 'remove' | 'connection' | 'changes'>;
  /** Keeps what a device said last, by the id of its Thing. */
  readonly remember: (id: string, name: string, value: unknown) => Promise<void>;
  /** What people call the device of that name now. */
  readonly titleOf: (name: string) => string | undefined;
  readonly log: Log;
}

/** Makes a fleet without devices. */
export function createUpgradableFleet(parts: UpgradableFleetParts): UpgradableFleet {
  const { devices, openWrt, remember, titleOf, log } = parts;
  const { driver, links } = devices;
  const isOpenWrt = ({ kind }: DeviceRecord): boolean => kind === OPENWRT;
  const known = new Map<string, KnownDevice>();
  const groups = new Map<string, Place>();
  const locations = new Map<string, Place>();
  const came = new Subject<string>();

  /** Of one organization the same name is the same place. */
  const placeOf = (
    places: Map<string, Place>,
    kind: string,
    { organization, settings }: DeviceRecord,
  ): string | null => {
    const name = settings[kind];
    if (typeof name !== 'string') return null;
    const id = uuid(JSON.stringify([kind, organization, name]), PLACES);
    places.set(id, { id, name, organization });
    return id;
  };

  const toDevice = (id: string, { record, firmware, group, location }: KnownDevice): FleetDevice => ({
    id,
    name: record.name,
    title: titleOf(record.name) ?? record.title,
    organization: record.organization,
    ...firmware,
    model: firmware.model ?? text(record.settings.model),
    group,
    location,
    isActive: true,
    ...(isOpenWrt(record)
      ? called(openWrt.connection(id))
      : { isOnline: links.state(id) !== undefined, connection: null }),
    driver: isOpenWrt(record) ? OPENWRT : driver.name,
    created: Date.parse(record.created),
  });

  /** Kept only when it is other than what was said before. */
  const note = (id: string): void => {
    const device = known.get(id);
    const state = links.state(id);
    if (!device || !state) return;
    const { model, os, version } = state;
    const before = device.firmware;
    if (before.model === model && before.os === os && before.version === version) return;
    device.firmware = { model, os, version };
    remember(device.record.id, FIRMWARE, device.firmware).catch((error: unknown) => {
      log.warn({ device: device.record.name, error }, 'what a device runs could not be kept');
    });
  };
  // Before anybody else hears of it, for as long as the links are there.
  links.changes.subscribe(note);

  return {
    get(id) {
      const device = known.get(id);
      return device && toDevice(id, device);
    },
    *list() {
      for (const [id, device] of known) yield toDevice(id, device);
    },
    group: (id) => groups.get(id),
    location: (id) => locations.get(id),
    changes: merge(links.changes, openWrt.changes, came),
    put(record) {
      const id = bareID(record.id);
      if (isOpenWrt(record)) openWrt.put(record);
      known.set(id, {
        record,
        // What was said since the record was read counts.
        firmware: known.get(id)?.firmware ?? toFirmware(record.memory[FIRMWARE]),
        group: placeOf(groups, 'group', record),
        location: placeOf(locations, 'location', record),
      });
      came.next(id);
    },
    remove(id) {
      openWrt.remove(bareID(id));
      if (known.delete(bareID(id))) came.next(bareID(id));
    },
    touch: (id) => came.next(id),
    organizations: () => new Set([...known.values()].map(({ record }) => record.organization)),
  };
}

const called = (connection: DeviceConnection | null) => ({ isOnline: connection?.isWorking ?? false, connection });

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function toFirmware(kept: unknown): Firmware {
  if (!isMembers(kept)) return UNKNOWN;
  const { model, os, version } = kept;
  return { model: text(model), os: text(os), version: text(version) };
}
