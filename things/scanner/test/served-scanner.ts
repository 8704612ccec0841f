import {
  type Answer,
  createSite,
  type InvocationStatus,
  type Log,
  type Principal,
  type Site,
  type SiteOptions,
  silent,
  type Thing,
  ThingError,
} from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { Revocation } from '@thingwright/device-link';
import { type Binding, type ListenOptions, openListener } from '@thingwright/listener';
import {
  type ResultsInProcess,
  resultsInProcess,
  type ScannerKind,
  type ScannerKindOptions,
  scannerKind,
} from '@thingwright/scanner';
import {
  type ScannerSimulation,
  type SimulatedScanner,
  simulatedScan,
  simulateScanner,
} from '@thingwright/scanner/simulator';
import { firstValueFrom, map, merge, Subject } from 'rxjs';
import { filter } from 'rxjs/operators';
import { type ClientOptions, WebSocket } from 'ws';
import { type FakeTimer, fakeTimer } from '../../../test/fake-timer.js';

export const UUID = '0b9f8f1c-9f0c-4a55-9f0d-0a3a6f5f2c10';
export const TOKEN = 'f'.repeat(2048);
export const REQUEST = { sequence: { name: 'tse', seqFile: '[VERSION]\nmajor 1' } };
const ADMIN: Principal = { id: 'user:admin', kind: 'user', grants: [{ role: 'admin' }] };
const context = { principal: ADMIN };
const DOOR = '/api/v1/device/ws';

/** A scanner on a listener of its own, with its token in memory and time that passes when told. */
export interface Served extends AsyncDisposable {
  readonly http: string;
  readonly https: string | undefined;
  readonly kind: ScannerKind;
  readonly timer: FakeTimer;
  readonly thing: Thing;
  readonly results: ResultsInProcess;
  readonly revocations: Subject<Revocation>;
  /** All that was logged. */
  readonly logged: readonly object[];
  /** All events so far, by name. */
  readonly events: readonly (readonly [name: string, data: unknown])[];
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<unknown>;
  invoke(name: string, input?: unknown): Promise<Answer>;
  /** What an event carries the next time. */
  next(event: string): Promise<unknown>;
  /** The first value of a property that is as wanted: the present one, or one to come. */
  until(property: string, isWanted: (value: unknown) => boolean): Promise<unknown>;
  /** How an invocation ended. */
  outcome(answer: Answer): Promise<InvocationStatus>;
  remove(): Promise<void>;
}

/** What a test serves besides the door, and for whom. */
export interface ServedWith extends Pick<SiteOptions, 'authenticate' | 'policy'> {
  readonly bindings?: (site: Site, kind: ScannerKind) => readonly Binding[];
}

/** Serves the device `mri`. */
export async function serveScanner(
  options: Partial<ScannerKindOptions> = {},
  listen: ListenOptions = {},
  { bindings = () => [], ...shared }: ServedWith = {},
): Promise<Served> {
  const timer = fakeTimer();
  const revocations = new Subject<Revocation>();
  const results = resultsInProcess({ quota: 1_000_000_000 });
  const logged: object[] = [];
  const note = (details: object, message?: string): void => void logged.push({ ...details, message });
  const log: Log = { ...silent, debug: note, info: note, warn: note, error: note };
  const site = createSite({ compileCheck, checkOutputs: true, now: () => timer.now(), log, ...shared });
  const listener = openListener({ port: 0, grace: 100, ...listen }, site);
  const kind = scannerKind({
    identities: {
      verify(name, token) {
        if (token === 'unable') throw new ThingError('unavailable', 'not now');
        const known = site.things.get(name);
        return token === TOKEN && known ? { name, id: known.id } : undefined;
      },
      revocations,
    },
    compileCheck,
    results,
    timer,
    log,
    ...options,
  });
  for (const binding of [kind.binding, ...bindings(site, kind)]) await binding.open(site, listener);
  const id = `urn:uuid:${UUID}`;
  const thing = site.add('mri', kind.expose({ name: 'mri', id }), { id });
  await listener.listen();
  const events: [string, unknown][] = [];
  thing.observe({ op: 'subscribeallevents' }, context).subscribe(({ name, value }) => events.push([name, value]));
  const read = async (name: string): Promise<unknown> =>
    (await thing.request({ op: 'readproperty', name }, context)).value;
  const find = async (answer: Answer): Promise<InvocationStatus | undefined> =>
    (await thing.request({ op: 'queryaction', actionID: answer.status?.actionID ?? '' }, context)).status;
  return {
    http: listener.url,
    https: listener.tlsUrl,
    kind,
    timer,
    thing,
    results,
    revocations,
    logged,
    events,
    read,
    write: async (name, value) => thing.request({ op: 'writeproperty', name, value }, context),
    invoke: async (name, input) =>
      thing.request({ op: 'invokeaction', name, ...(input === undefined ? {} : { input }) }, context),
    next: async (name) => (await firstValueFrom(thing.observe({ op: 'subscribeevent', name }, context))).value,
    async until(name, isWanted) {
      const present = new Subject<unknown>();
      const changes = thing.observe({ op: 'observeproperty', name }, context).pipe(map(({ value }) => value));
      const found = firstValueFrom(merge(changes, present).pipe(filter(isWanted)));
      read(name).then(
        (value) => present.next(value),
        () => {},
      );
      return await found;
    },
    async outcome(answer) {
      for (;;) {
        const told = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'actionStatus' }, context));
        const status = await find(answer);
        if (status?.state === 'completed' || status?.state === 'failed') return status;
        await told;
      }
    },
    remove: () => site.remove('mri'),
    async [Symbol.asyncDispose]() {
      await kind[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

/** Runs a simulated device whose scans take a moment, and waits until it has registered. */
export async function device(served: Served, options: Partial<ScannerSimulation> = {}): Promise<SimulatedScanner> {
  const simulated = simulateScanner({
    url: served.http,
    id: UUID,
    token: TOKEN,
    reconnectDelay: 20,
    program: simulatedScan({ steps: 10, stepTime: 2 }),
    ...options,
  });
  await served.until('connection', isRegistered);
  return simulated;
}

/** Tells whether that value of the property `connection` is of a device that has registered. */
export const isRegistered = (value: unknown): boolean => member(value, 'registered') === true;

/** A member of whatever may be an object. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;

/** A device that does exactly as it is told. */
export interface RawDevice extends AsyncDisposable {
  readonly websocket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** All that it heard so far. */
  readonly heard: readonly Readonly<Record<string, unknown>>[];
  /** The start frame's data, once it has come. */
  start(): Promise<{ readonly id: string; readonly access_token: string }>;
  /** Sends, and waits until the server has dealt with it. */
  send(...messages: readonly (object | string | Buffer)[]): Promise<void>;
}

/** What the device of that UUID shows. */
const headersOf = (uuid: string) => ({ 'Device-Id': uuid, 'Device-Token': TOKEN });

/** Connects with those headers; gives the HTTP status where that is refused. */
export async function connect(
  { http }: Pick<Served, 'http'>,
  headers: Readonly<Record<string, string>> = headersOf(UUID),
  options: ClientOptions = {},
): Promise<RawDevice | number> {
  const websocket = new WebSocket(`${http.replace('http', 'ws')}${DOOR}`, { headers, ...options });
  const heard: Record<string, unknown>[] = [];
  const arrived = new Subject<void>();
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    websocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  websocket.on('error', () => {});
  websocket.on('message', (data) => {
    heard.push(JSON.parse(data.toString()));
    arrived.next();
  });
  const raw: RawDevice = {
    websocket,
    closed,
    heard,
    async start() {
      for (;;) {
        const frame = heard.findLast(({ command }) => command === 'start');
        if (frame)
          return { id: String(member(frame.data, 'id')), access_token: String(member(frame.data, 'access_token')) };
        await firstValueFrom(arrived);
      }
    },
    async send(...messages) {
      for (const message of messages) {
        websocket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
      }
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
      .on('open', () => resolve(raw))
      .on('unexpected-response', (_request, response) => {
        websocket.terminate();
        resolve(response.statusCode ?? 0);
      });
  });
}

/** Connects and expects to be let in. */
export async function letIn(served: Pick<Served, 'http'>, uuid = UUID): Promise<RawDevice> {
  const raw = await connect(served, headersOf(uuid));
  if (typeof raw === 'number') throw new Error(`refused with ${raw}`);
  return raw;
}

/** The frames with which a device of each generation begins. */
export const HELLO = {
  'gen-1': [{ command: 'register', data: { device_name: 'raw' } }],
  'gen-2': [
    { command: 'update_status', status: 'ONLINE', data: {}, task_id: null, user_access_token: null },
    { command: 'register', data: { device_name: 'raw' } },
  ],
} as const;

/** An update of a task. */
export const update = (
  status: string,
  data: object | null = null,
  task?: { readonly id: string; readonly access_token: string },
) => ({
  command: 'update_status',
  status,
  data,
  task_id: task?.id ?? null,
  user_access_token: task?.access_token ?? null,
});
