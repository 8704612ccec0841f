import { randomUUID } from 'node:crypto';
import { createSite, type Log, type Principal, type Site, silent, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { Timer } from '@thingwright/device-link';
import { type OpenListener, openListener } from '@thingwright/listener';
import { Subject } from 'rxjs';
import { type ClientOptions, WebSocket } from 'ws';
import { fakeTimer } from '../../../test/fake-timer.js';
import {
  createUpgradeRecord,
  type FleetDevice,
  openUpgraderDoors,
  type UpgradeRecord,
  type UpgradeRecordOptions,
  type UpgraderDoors,
  type UpgraderRights,
  upgradeTablesInProcess,
} from '../src/index.js';
import { START, uuid } from './fixture.js';

const ROLES = ['viewer', 'operator', 'admin'];
const LEVEL = { view: 0, change: 1, manage: 2 } as const;

/** Rights as a gateway has them: roles in organizations. */
export const rightsByRole: UpgraderRights = {
  isSuperuser: ({ grants }) => grants.some(({ role }) => role === 'superuser'),
  organizationsOf: ({ grants }, right) =>
    grants.flatMap(({ role, organization = '' }) => (ROLES.indexOf(role) >= LEVEL[right] ? [organization] : [])),
};

/**
 * Somebody whose token is the own name; `root` may do everything, `viewer@lab` looks at what the laboratory has, and `device` is one that was given
 * a role there.
 */
export function principalOf(token: string): Principal | undefined {
  const [role = '', organization] = token.split('@');
  if (token === 'device')
    return { id: 'device:pump', kind: 'device', grants: [{ role: 'admin', organization: 'lab' }] };
  if (token === 'root') return { id: 'user:root', kind: 'user', grants: [{ role: 'superuser' }] };
  if (role === 'nobody') return { id: 'user:nobody', kind: 'user', grants: [] };
  if (!organization || !ROLES.includes(role)) return undefined;
  return { id: `user:${token}`, kind: 'user', grants: [{ role, organization }] };
}

/** A device that can be upgraded. */
export const deviceOf = (number: number, more: Partial<FleetDevice> = {}): FleetDevice => ({
  id: uuid(number, '3'),
  name: `router-${number}`,
  title: `router ${number}`,
  organization: 'lab',
  model: 'Model X',
  os: null,
  version: '1.0',
  group: null,
  location: null,
  isActive: true,
  isOnline: true,
  connection: null,
  driver: 'simulated',
  created: START,
  ...more,
});

/** A fleet that does as it is told. */
export function testFleet(devices: readonly FleetDevice[] = []) {
  const all = new Map(devices.map((device) => [device.id, device]));
  const changes = new Subject<string>();
  return {
    get: (id: string) => all.get(id),
    list: () => all.values(),
    group: (id: string) => (id === uuid(1, '8') ? { id, name: 'first', organization: 'lab' } : undefined),
    location: (id: string) => (id === uuid(1, '9') ? { id, name: 'cellar', organization: 'lab' } : undefined),
    changes,
    put(device: FleetDevice) {
      all.set(device.id, device);
      changes.next(device.id);
    },
    remove(id: string) {
      all.delete(id);
      changes.next(id);
    },
  };
}

/** The endpoints on a listener of their own, over a record in the process. */
export interface ServedDoors extends AsyncDisposable {
  readonly url: string;
  readonly site: Site;
  readonly listener: OpenListener;
  readonly record: UpgradeRecord;
  readonly fleet: ReturnType<typeof testFleet>;
  readonly doors: UpgraderDoors;
  readonly timer: ReturnType<typeof fakeTimer>;
  /** What was logged. */
  readonly logged: readonly string[];
  /** Ends the credential of a token. */
  end(token: string): void;
}

/** Serves them. */
export async function serveDoors(
  more: {
    readonly record?: UpgradeRecordOptions;
    readonly rights?: UpgraderRights;
    readonly tables?: ReturnType<typeof upgradeTablesInProcess>;
    readonly devices?: readonly FleetDevice[];
    /** Default: a free one. */
    readonly port?: number;
    /** The clock of its sweeps. Default: stands still until it is told. */
    readonly clock?: Timer;
    /** Adds what else is served. */
    readonly prepare?: (
      served: Omit<ServedDoors, 'url' | 'logged' | 'end' | typeof Symbol.asyncDispose>,
    ) => Promise<void>;
  } = {},
): Promise<ServedDoors> {
  const logged: string[] = [];
  const note = (_details: object, message = ''): void => void logged.push(message);
  const log: Log = { ...silent, info: note, warn: note, error: note };
  const ends = new Map<string, AbortController>();
  const site = createSite({
    compileCheck,
    checkOutputs: true,
    log,
    authenticate(credentials) {
      const token =
        credentials.kind === 'bearer' ? credentials.token : credentials.kind === 'cookie' ? credentials.value : '';
      if (token === 'unable') throw new ThingError('unavailable', 'not now');
      const principal = principalOf(token);
      if (!principal) return undefined;
      const end = ends.get(token) ?? new AbortController();
      ends.set(token, end);
      return { principal, ended: end.signal };
    },
  });
  const timer = fakeTimer();
  const listener = openListener({ port: more.port ?? 0, grace: 100 }, site);
  const record = createUpgradeRecord(more.tables ?? upgradeTablesInProcess(), more.record);
  const fleet = testFleet(more.devices ?? [deviceOf(1), deviceOf(2)]);
  const doors = openUpgraderDoors(listener, {
    record,
    fleet,
    rights: more.rights ?? rightsByRole,
    log,
    timer: more.clock ?? timer,
  });
  await more.prepare?.({ site, listener, record, fleet, doors, timer });
  await listener.listen();
  return {
    url: listener.url,
    site,
    listener,
    record,
    fleet,
    doors,
    timer,
    logged,
    end: (token) => ends.get(token)?.abort(),
    async [Symbol.asyncDispose]() {
      await doors[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

/** A message of any endpoint. */
export type Message = Readonly<Record<string, unknown>>;

/** A client that writes down what it hears. */
export interface TestReader extends AsyncDisposable {
  readonly websocket: WebSocket;
  readonly heard: readonly Message[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Waits until it has heard that many messages, and gives them. */
  messages(count: number): Promise<readonly Message[]>;
  /** Waits for a message that fits. */
  find(fits: (message: Message) => boolean): Promise<Message>;
  /** Sends, and waits until the server has dealt with it. */
  send(message: object | string | Buffer): Promise<void>;
}

/** The endpoints by what they are about. */
export const PATHS = {
  operation: (id: string) => `/ws/firmware-upgrader/upgrade-operation/${id}/`,
  batch: (id: string) => `/ws/firmware-upgrader/batch-upgrade-operation/${id}/`,
  device: (id: string) => `/ws/firmware-upgrader/device/${id}/`,
} as const;

/** Connects; gives the HTTP status where that is refused. */
export async function tryReader(
  { url }: Pick<ServedDoors, 'url'>,
  path: string,
  {
    token,
    protocols = [],
    ...options
  }: ClientOptions & { readonly token?: string; readonly protocols?: string[] } = {},
): Promise<TestReader | number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const websocket = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, { headers, ...options });
  const heard: Message[] = [];
  const arrived = new Subject<void>();
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    websocket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
      arrived.next();
    });
  });
  websocket.on('error', () => {});
  websocket.on('message', (data) => {
    heard.push(JSON.parse(data.toString()));
    arrived.next();
  });
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const subscription = arrived.subscribe(() => attempt());
      const attempt = (): void => {
        const found = look();
        if (found === undefined) return;
        subscription.unsubscribe();
        resolve(found);
      };
      attempt();
    });
  const reader: TestReader = {
    websocket,
    heard,
    closed,
    messages: (count) => until(() => (heard.length >= count ? heard : undefined)),
    find: (fits) => until(() => heard.find(fits)),
    async send(message) {
      websocket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
      const nonce = randomUUID();
      const answered = new Promise<void>((resolve) => {
        const hear = (data: Buffer): void => {
          if (data.toString() !== nonce) return;
          websocket.off('pong', hear);
          resolve();
        };
        websocket.on('pong', hear);
      });
      websocket.ping(nonce);
      await Promise.race([answered, closed]);
    },
    async [Symbol.asyncDispose]() {
      websocket.terminate();
      await closed;
    },
  };
  return new Promise((resolve) => {
    websocket
      .on('open', () => resolve(reader))
      .on('unexpected-response', (_request, response) => {
        websocket.terminate();
        resolve(response.statusCode ?? 0);
      });
  });
}

/** Connects, and expects to be let in. */
export async function letIn(...[served, path, options = {}]: Parameters<typeof tryReader>): Promise<TestReader> {
  const reader = await tryReader(served, path, { token: 'root', ...options });
  if (typeof reader === 'number') throw new Error(`refused with ${reader}`);
  return reader;
}
