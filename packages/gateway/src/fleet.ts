import { randomBytes } from 'node:crypto';
import { type Log, type Site, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { DeviceRecord, DeviceRegistry } from '@thingwright/store';
import { map, merge, type Observable, Subject, startWith } from 'rxjs';
import type { DeviceKind, OpenKind } from './device-kind.js';
import type { DeviceTokens } from './device-tokens.js';
import { createTurns } from './turns.js';

/** A device as it is shown. */
export interface DeviceSummary {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly title: string;
}

/** What a device is provisioned with; further members are settings of its kind. */
export interface ProvisionRequest {
  readonly kind: string;
  readonly name?: string;
  readonly title?: string;
}

/** A device just provisioned; the token is shown this once. */
export interface ProvisionedDevice {
  readonly id: string;
  readonly name: string;
  /** URL of its Thing Description. */
  readonly td: string;
  readonly token: string;
}

/** The devices that may dial in, and their Things. Everything may reject with a ThingError `unavailable` of the store. */
export interface Fleet {
  readonly devices: Observable<(DeviceSummary & { connected: boolean })[]>;
  readonly added: Observable<DeviceSummary>;
  readonly removed: Observable<DeviceSummary>;
  readonly rotated: Observable<DeviceSummary>;
  /** Whether there is a device of that name. */
  has(name: string): boolean;
  /** Opens the Things of all devices of the registry. */
  restore(): Promise<void>;
  /** @throws ThingError `invalid` for an unknown kind or setting, `conflict` for a name that is taken. */
  provision(request: ProvisionRequest): Promise<ProvisionedDevice>;
  /** Gives a device a new token; the old one goes on for `overlap` milliseconds. @throws ThingError `notFound`. */
  rotate(name: string, overlap: number): Promise<{ token: string }>;
  /** @throws ThingError `notFound`. */
  remove(name: string): Promise<void>;
}

/** What a fleet is made of. */
export interface FleetParts {
  readonly site: Site;
  readonly registry: DeviceRegistry;
  readonly tokens: Pick<DeviceTokens, 'replaced' | 'removed'>;
  readonly kinds: ReadonlyMap<string, { readonly declared: DeviceKind; readonly open: OpenKind }>;
  /** Where Things are reached, once there is a listener: `http://host:port`. */
  readonly baseUrl: () => string;
  readonly log: Log;
}

/** Makes a fleet without Things; `restore` opens them. Changes are carried out one after the other. */
export function createFleet({ site, registry, tokens, kinds, baseUrl, log }: FleetParts): Fleet {
  const known = new Map<string, DeviceRecord>();
  const added = new Subject<DeviceSummary>();
  const removed = new Subject<DeviceSummary>();
  const rotated = new Subject<DeviceSummary>();
  const inTurn = createTurns();

  const open = (device: DeviceRecord): void => {
    const kind = kinds.get(device.kind);
    if (!kind) throw new ThingError('invalid', `There is no kind of device '${device.kind}'`);
    site.add(device.name, kind.open.expose(device), { id: device.id });
    known.set(device.name, device);
  };

  const freeName = (kind: string): string => {
    for (let number = 1; ; number++) {
      const name = `${kind}_${String(number).padStart(3, '0')}`;
      if (!site.things.has(name)) return name;
    }
  };

  const provision = async ({
    kind,
    name = freeName(kind),
    title,
    ...settings
  }: ProvisionRequest): Promise<ProvisionedDevice> => {
    const declared = kinds.get(kind)?.declared;
    if (!declared) {
      throw new ThingError('invalid', `There is no kind of device '${kind}', only ${[...kinds.keys()].join(', ')}`);
    }
    checkSettings(declared, kind, settings);
    if (site.things.has(name)) throw new ThingError('conflict', `There is already a Thing named '${name}'`);
    const token = makeToken();
    const device = await registry.add({ name, kind, title: title ?? `${declared.title} ${name}`, settings }, token);
    try {
      open(device);
    } catch (error) {
      await registry.remove(name);
      throw error;
    }
    log.info({ device: name, kind }, 'a device was provisioned');
    added.next(toSummary(device));
    return { id: device.id, name, td: `${baseUrl()}/things/${encodeURIComponent(name)}`, token };
  };

  const rotate = async (name: string, overlap: number): Promise<{ token: string }> => {
    const token = makeToken();
    const device = await registry.replaceToken(name, token, { overlap });
    tokens.replaced(name, overlap);
    log.info({ device: name, overlap }, 'the token of a device was replaced');
    rotated.next(toSummary(device));
    return { token };
  };

  const remove = async (name: string): Promise<void> => {
    const device = await registry.remove(name);
    if (!device) throw new ThingError('notFound', `There is no device named '${name}'`);
    tokens.removed(name);
    known.delete(name);
    await site.remove(name);
    log.info({ device: name }, 'a device was removed');
    removed.next(toSummary(device));
  };

  const list = (): (DeviceSummary & { connected: boolean })[] =>
    [...known.values()].map((device) => ({
      ...toSummary(device),
      connected: kinds.get(device.kind)?.open.isConnected(device.name) ?? false,
    }));

  return {
    devices: merge(added, removed, ...[...kinds.values()].map((kind) => kind.open.changes)).pipe(
      startWith(undefined),
      map(list),
    ),
    added: added.asObservable(),
    removed: removed.asObservable(),
    rotated: rotated.asObservable(),
    has: (name) => known.has(name),
    async restore() {
      for (const device of await registry.list()) {
        if (kinds.has(device.kind)) open(device);
        else log.warn({ device: device.name, kind: device.kind }, 'a device of an unknown kind stays closed');
      }
    },
    provision: (request) => inTurn(() => provision(request)),
    rotate: (name, overlap) => inTurn(() => rotate(name, overlap)),
    remove: (name) => inTurn(() => remove(name)),
  };
}

const toSummary = ({ id, name, kind, title }: DeviceRecord): DeviceSummary => ({ id, name, kind, title });

const makeToken = (): string => randomBytes(32).toString('base64url');

function checkSettings({ settings: schema }: DeviceKind, kind: string, settings: object): void {
  const unknown = Object.keys(settings).find((name) => !Object.hasOwn(schema.properties, name));
  if (unknown !== undefined) throw new ThingError('invalid', `A ${kind} device has no setting '${unknown}'`);
  const check = compileCheck(schema);
  if (check.fits(settings)) return;
  const faults = check.faults(settings);
  const why = faults.map(({ path, message }) => `${path.slice(1)} ${message}`).join('; ');
  throw new ThingError('invalid', `A ${kind} device cannot be set up so: ${why}`, { faults });
}
