import { type Authentication, createSite, type Principal, type Thing, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { Revocation } from '@thingwright/device-link';
import { openListener } from '@thingwright/listener';
import {
  type ProvisionedTelemetry,
  type TelemetryKind,
  type TelemetryKindOptions,
  telemetryKind,
} from '@thingwright/telemetry';
import { firstValueFrom, Subject } from 'rxjs';
import { type ClientOptions, WebSocket } from 'ws';
import { type FakeTimer, fakeTimer } from '../../../test/fake-timer.js';

/** Telemetry devices on a listener of their own, with tokens in memory and time that passes when told. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly http: string;
  readonly kind: TelemetryKind;
  readonly timer: FakeTimer;
  readonly thing: Thing;
  readonly revocations: Subject<Revocation>;
  /** Ends the session of the reader. */
  readonly session: AbortController;
  /** Reads a property as admin. */
  read(name: string): Promise<unknown>;
  /** What an event carries the next time. */
  next(event: string): Promise<unknown>;
  provision(device: ProvisionedTelemetry): Thing;
  remove(name: string): Promise<void>;
  /** Stops the listener. */
  stop(): Promise<void>;
}

/** Who may do everything here. */
export const ADMIN: Principal = { id: 'user:admin', kind: 'user', grants: [{ role: 'admin' }] };
/** A user of no rights. */
const GUEST: Principal = { ...ADMIN, id: 'user:guest', grants: [] };
/** What a device's token is to the rest of the server. */
const DEVICE: Principal = { ...ADMIN, id: 'device:ems_001', kind: 'device' };

export const DEVICE_TOKEN = 'device-token';
export const PUBLISHER = { headers: { Authorization: `Bearer ${DEVICE_TOKEN}` } };
export const READER = { headers: { Authorization: 'Bearer reader-token' } };

/** Serves the device `ems_001`. */
export async function serveTelemetry(options: Partial<TelemetryKindOptions> = {}): Promise<Served> {
  const timer = fakeTimer();
  const revocations = new Subject<Revocation>();
  const session = new AbortController();
  const principals: Readonly<Record<string, Principal>> = {
    'reader-token': ADMIN,
    guest: GUEST,
    [DEVICE_TOKEN]: DEVICE,
  };
  const site = createSite({
    compileCheck,
    checkOutputs: true,
    now: () => timer.now(),
    authenticate(credentials): Authentication | undefined {
      const shown =
        credentials.kind === 'bearer'
          ? credentials.token
          : credentials.kind === 'cookie'
            ? credentials.value
            : undefined;
      if (shown === 'unable') throw new ThingError('unavailable', 'not now');
      const principal = shown === undefined ? undefined : principals[shown];
      return principal && { principal, ended: session.signal };
    },
    policy: ({ principal }) => principal.grants.some(({ role }) => role === 'admin'),
  });
  const listener = openListener({ port: 0, grace: 100 }, site);
  const kind = telemetryKind({
    identities: {
      verify: (name, token) =>
        token === DEVICE_TOKEN && site.things.has(name) ? { name, id: site.things.get(name)?.id ?? '' } : undefined,
      revocations,
    },
    compileCheck,
    timer,
    ...options,
  });
  await kind.binding.open(site, listener);
  const provision = (device: ProvisionedTelemetry): Thing =>
    site.add(device.name, kind.expose(device), { id: device.id });
  const thing = provision({ name: 'ems_001', id: 'urn:uuid:00000000-0000-4000-8000-000000000001' });
  await listener.listen();
  return {
    http: listener.url,
    url: listener.url.replace('http', 'ws'),
    kind,
    timer,
    thing,
    revocations,
    session,
    provision,
    remove: (name) => site.remove(name),
    read: async (name) => (await thing.request({ op: 'readproperty', name }, { principal: ADMIN })).value,
    next: async (name) =>
      (await firstValueFrom(thing.observe({ op: 'subscribeevent', name }, { principal: ADMIN }))).value,
    stop: async () => listener[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await kind[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

/** A client that was let in. */
export interface Client extends AsyncDisposable {
  readonly websocket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** All that it heard so far. */
  readonly heard: readonly string[];
  /** The next message after those that were asked for before, as JSON. */
  next(): Promise<unknown>;
  /** Sends, and waits until the server has dealt with it. */
  send(message: object | string): Promise<void>;
}

/** Connects, and gives the HTTP status where that is refused. */
export async function connect(
  url: string,
  options: ClientOptions = {},
  protocols: string[] = [],
): Promise<Client | number> {
  const websocket = new WebSocket(url, protocols, options);
  const heard: string[] = [];
  const arrived = new Subject<void>();
  let asked = 0;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    websocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  websocket.on('error', () => {});
  websocket.on('message', (data, isBinary) => {
    heard.push(isBinary ? 'a binary frame' : data.toString());
    arrived.next();
  });
  const client: Client = {
    websocket,
    closed,
    heard,
    async next() {
      const index = asked++;
      while (heard.length <= index) await firstValueFrom(arrived);
      return JSON.parse(heard[index] ?? '');
    },
    async send(message) {
      websocket.send(typeof message === 'string' ? message : JSON.stringify(message));
      const answered = new Promise((resolve) => websocket.once('pong', resolve));
      websocket.ping();
      await Promise.race([answered, closed]);
    },
    async [Symbol.asyncDispose]() {
      websocket.terminate();
      await closed;
    },
  };
  return new Promise((resolve) => {
    websocket
      .on('open', () => resolve(client))
      .on('unexpected-response', (_request, response) => {
        websocket.terminate();
        resolve(response.statusCode ?? 0);
      });
  });
}

/** Connects and expects to be let in. */
export async function letIn(url: string, options: ClientOptions = {}, protocols: string[] = []): Promise<Client> {
  const client = await connect(url, options, protocols);
  if (typeof client === 'number') throw new Error(`refused with ${client}`);
  return client;
}
