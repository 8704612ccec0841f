import { randomBytes } from 'node:crypto';
import { type Log, type Site, ThingError } from '@thingwright/core';
import type { DeviceRecord, DeviceRegistry } from '@thingwright/store';
import { map, merge, type Observable, Subject, startWith, throttle, timer } from 'rxjs';
import { validate, version } from 'uuid';
import type { DeviceKind, OpenKind } from './device-kind.js';
import { changedSettings, checkCredentials, checkSettings, refuseOtherPlace } from './device-settings.js';
import type { DeviceTokens } from './identity/device-tokens.js';
import { DEFAULT_ORGANIZATION } from './policy.js';
import { createTurns } from './turns.js';
import { bareID } from './upgrader/bare-id.js';

/** A device as it is shown. */
export interface DeviceSummary {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly title: string;
  /** The organization that it belongs to. */
  readonly organization: string;
}

/** A device as it is shown now. */
export interface PresentDevice extends DeviceSummary {
  /** Whether it is dialled in. */
  readonly connected: boolean;
}

/** What a device is provisioned with; further members are settings of its kind. */
export interface ProvisionRequest {
  readonly kind: string;
  readonly name?: string;
  /** The UUIDv4 of a device that has one already, also as a URN. Default: a new one. */
  readonly id?: string;
  readonly title?: string;
  /** Default: the default organization. */
  readonly organization?: string;
  /** What is shown to the device; kept encrypted. */
  readonly credentials?: unknown;
}

/** What is changed of a device; further members are settings of its kind, and an empty text takes one away. */
export interface ConfigureRequest {
  readonly name: string;
  /** In place of those that there are. */
  readonly credentials?: unknown;
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
  /** All devices when something has changed; of a thousand, at most twice a second. */
  readonly devices: Observable<PresentDevice[]>;
  readonly added: Observable<DeviceSummary>;
  readonly removed: Observable<DeviceSummary>;
  readonly rotated: Observable<DeviceSummary>;
  /** Given to another organization. */
  readonly moved: Observable<DeviceSummary>;
  /** Whether there is a device of that name. */
  has(name: string): boolean;
  /** The device of that name. */
  get(name: string): DeviceSummary | undefined;
  /** When the device of that name was provisioned, and when that was changed last; RFC 3339, UTC. */
  datesOf(name: string): Pick<DeviceRecord, 'created' | 'modified'> | undefined;
  /** All devices of now, in the order of their provisioning. */
  list(): PresentDevice[];
  /** Opens the Things of all devices of the registry. */
  restore(): Promise<void>;
  /**
   * @throws ThingError `invalid` for an unknown kind or setting, `conflict` for a name that is taken, and for an id that a Thing has or
   * ever had.
   */
  provision(request: ProvisionRequest): Promise<ProvisionedDevice>;
  /** Gives a device a new token; the old one goes on for `overlap` milliseconds. @throws ThingError `notFound`. */
  rotate(name: string, overlap: number): Promise<{ token: string }>;
  /**
   * Gives a device to another organization. Its Thing is opened anew, so that all who follow it are asked again whether they may;
   * a device that is dialled in has to come back. @throws ThingError `notFound`.
   */
  move(name: string, organization: string): Promise<void>;
  /** Gives a device another title; all who follow its Thing go on. @throws ThingError `notFound`. */
  setTitle(name: string, title: string): Promise<void>;
  /** Changes settings and credentials of a device. @throws ThingError `notFound`, `invalid` for what does not fit. */
  configure(request: ConfigureRequest): Promise<void>;
  /** @throws ThingError `notFound`. */
  remove(name: string): Promise<void>;
}

/** What a fleet is made of. */
export interface FleetParts {
  readonly site: Site;
  readonly registry: DeviceRegistry;
  readonly tokens: Pick<DeviceTokens, 'replaced' | 'removed'>;
  /** The organization of each Thing by its id; those of devices are kept up here. */
  readonly organizations: Map<string, string>;
  readonly kinds: ReadonlyMap<string, { readonly declared: DeviceKind; readonly open: OpenKind }>;
  /** Where Things are reached, once there is a listener: `http://host:port`. */
  readonly baseUrl: () => string;
  readonly log: Log;
}

/**
 * Milliseconds between two lists of all devices, for each of them: when a gateway starts, all come at once, and every list that is told is
 * kept too.
 */
const PAUSE_EACH = 0.5;

/** Makes a fleet without Things; `restore` opens them. Changes are carried out one after the other. */
export function createFleet({ site, registry, tokens, organizations, kinds, baseUrl, log }: FleetParts): Fleet {
  const known = new Map<string, DeviceRecord>();
  const added = new Subject<DeviceSummary>();
  const removed = new Subject<DeviceSummary>();
  const rotated = new Subject<DeviceSummary>();
  const moved = new Subject<DeviceSummary>();
  const titled = new Subject<DeviceSummary>();
  const inTurn = createTurns();

  const open = (device: DeviceRecord): void => {
    const kind = kinds.get(device.kind);
    if (!kind) throw new ThingError('invalid', `There is no kind of device '${device.kind}'`);
    organizations.set(device.id, device.organization);
    site.add(device.name, kind.open.expose(device), { id: device.id });
    known.set(device.name, device);
  };

  /** @throws ThingError `invalid`, `conflict`. */
  const urnOf = (id: string): string => {
    const own = bareID(id);
    // Ids that are made from names are foreseen by whoever knows these: nobody else is to take them first.
    if (!validate(own) || version(own) !== 4) throw new ThingError('invalid', `'${id}' is no UUIDv4`);
    const urn = `urn:uuid:${own}`;
    // The store knows those of devices and adopted Things for ever; those of others are here while they are open.
    if (![...site.things.values()].some((thing) => thing.id === urn)) return urn;
    throw new ThingError('conflict', `There is already a Thing with the id '${urn}'`);
  };

  const kindOf = (kind: string): { readonly declared: DeviceKind; readonly open: OpenKind } => {
    const found = kinds.get(kind);
    if (found) return found;
    throw new ThingError('invalid', `There is no kind of device '${kind}', only ${[...kinds.keys()].join(', ')}`);
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
    id,
    title,
    organization = DEFAULT_ORGANIZATION,
    credentials,
    ...settings
  }: ProvisionRequest): Promise<ProvisionedDevice> => {
    const { declared, open: opened } = kindOf(kind);
    checkSettings(declared, kind, settings);
    checkCredentials(declared, kind, credentials);
    if (site.things.has(name)) throw new ThingError('conflict', `There is already a Thing named '${name}'`);
    const given = id === undefined ? {} : { id: urnOf(id) };
    await opened.check?.(settings);
    const token = makeToken();
    const called = title ?? `${declared.title} ${name}`;
    const device = await registry.add(
      { ...given, name, kind, title: called, organization, settings, credentials },
      token,
    );
    try {
      open(device);
    } catch (error) {
      organizations.delete(device.id);
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

  const move = async (name: string, organization: string): Promise<void> => {
    const device = await registry.move(name, organization);
    if (known.has(name)) {
      await site.remove(name);
      open(device);
    }
    log.info({ device: name, organization }, 'a device was given to an organization');
    moved.next(toSummary(device));
  };

  const setTitle = async (name: string, title: string): Promise<void> => {
    const device = await registry.setTitle(name, title);
    if (known.has(name)) {
      known.set(name, device);
      site.setTitle(name, title);
    }
    log.info({ device: name, title }, 'a device was given another title');
    titled.next(toSummary(device));
  };

  const configure = async ({ name, credentials, ...change }: ConfigureRequest): Promise<void> => {
    const before = known.get(name);
    if (!before) throw new ThingError('notFound', `There is no device named '${name}'`);
    const { kind } = before;
    const { declared, open: opened } = kindOf(kind);
    const settings = changedSettings(before.settings, change);
    checkSettings(declared, kind, settings);
    if (credentials === undefined) refuseOtherPlace(declared, before.settings, settings);
    else checkCredentials(declared, kind, credentials);
    await opened.check?.(settings);
    const device = await registry.configure(name, { settings, credentials });
    if (opened.take) {
      opened.take(device);
      known.set(name, device);
    } else {
      await site.remove(name);
      open(device);
    }
    log.info({ device: name, settings: Object.keys(change) }, 'a device was configured');
  };

  const remove = async (name: string): Promise<void> => {
    const device = await registry.remove(name);
    if (!device) throw new ThingError('notFound', `There is no device named '${name}'`);
    tokens.removed(name);
    known.delete(name);
    await site.remove(name);
    kinds.get(device.kind)?.open.forget?.(name);
    organizations.delete(device.id);
    log.info({ device: name }, 'a device was removed');
    removed.next(toSummary(device));
  };

  const list = (): PresentDevice[] =>
    [...known.values()].map((device) => ({
      ...toSummary(device),
      connected: kinds.get(device.kind)?.open.isConnected(device.name) ?? false,
    }));

  return {
    devices: merge(added, removed, moved, titled, ...[...kinds.values()].map((kind) => kind.open.changes)).pipe(
      startWith(undefined),
      throttle(() => timer(known.size * PAUSE_EACH), { leading: true, trailing: true }),
      map(list),
    ),
    added: added.asObservable(),
    removed: removed.asObservable(),
    rotated: rotated.asObservable(),
    moved: moved.asObservable(),
    has: (name) => known.has(name),
    get(name) {
      const device = known.get(name);
      return device && toSummary(device);
    },
    datesOf(name) {
      const device = known.get(name);
      return device && { created: device.created, modified: device.modified };
    },
    list,
    async restore() {
      for (const device of await registry.list()) {
        if (kinds.has(device.kind)) open(device);
        else log.warn({ device: device.name, kind: device.kind }, 'a device of an unknown kind stays closed');
      }
    },
    provision: (request) => inTurn(() => provision(request)),
    rotate: (name, overlap) => inTurn(() => rotate(name, overlap)),
    move: (name, organization) => inTurn(() => move(name, organization)),
    setTitle: (name, title) => inTurn(() => setTitle(name, title)),
    configure: (request) => inTurn(() => configure(request)),
    remove: (name) => inTurn(() => remove(name)),
  };
}

const toSummary = ({ id, name, kind, title, organization }: DeviceRecord): DeviceSummary => ({
  id,
  name,
  kind,
  title,
  organization,
});

const makeToken = (): string => randomBytes(32).toString('base64url');
