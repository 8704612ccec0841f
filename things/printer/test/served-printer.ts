import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type Answer,
  createSite,
  type InvocationStatus,
  type Log,
  type Principal,
  silent,
  type Thing,
} from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { firstValueFrom, map, merge, Subject } from 'rxjs';
import { filter } from 'rxjs/operators';
import {
  type DiscoveryOptions,
  discoverPrinters,
  type PrinterDiscovery,
  type PrinterKind,
  type PrinterKindOptions,
  type PrinterMemory,
  type PrinterRecord,
  printerKind,
} from '../src/index.js';
import type { PrinterSimulation, SimulatedPrinter } from '../src/simulator/index.js';
import { simulated } from './simulator/simulated.js';

const ADMIN: Principal = { id: 'user:admin', kind: 'user', grants: [{ role: 'admin' }] };
const context = { principal: ADMIN };
export const PASSWORD = 'flux';
export const FCODE = Buffer.from('FCx0001\nnothing to print\n').toString('base64');

/** Keys are slow to make: one does for all tests. */
export const CLIENT_KEY: KeyObject = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

/** A memory whose records can be looked at. */
export interface TestMemory extends PrinterMemory {
  readonly records: Map<string, PrinterRecord>;
  /** What keeping fails with. */
  failure: Error | undefined;
}

export function testMemory(): TestMemory {
  const records = new Map<string, PrinterRecord>();
  const memory: TestMemory = {
    records,
    failure: undefined,
    recall: (id) => records.get(id),
    keep(id, record) {
      if (memory.failure) throw memory.failure;
      records.set(id, structuredClone(record));
    },
  };
  return memory;
}

/** A simulated printer that was found and is served as the Thing `bob`. */
export interface ServedPrinter extends AsyncDisposable {
  readonly simulation: SimulatedPrinter;
  readonly discovery: PrinterDiscovery;
  readonly kind: PrinterKind;
  readonly thing: Thing;
  readonly memory: TestMemory;
  /** All events so far, by name. */
  readonly events: readonly (readonly [name: string, data: unknown])[];
  readonly logged: readonly object[];
  read(name: string): Promise<unknown>;
  invoke(name: string, input?: unknown): Promise<Answer>;
  /** The output of a synchronous action. */
  ask(name: string, input?: unknown): Promise<unknown>;
  /** How an asynchronous action ended. */
  run(name: string, input?: unknown): Promise<InvocationStatus>;
  /** The first value of a property that is as wanted: the present one, or one to come. */
  until(property: string, isWanted: (value: unknown) => boolean): Promise<unknown>;
  /** Asks the printer how it stands until it is so. */
  reach(...groups: readonly string[]): Promise<void>;
  /** What an event carries the next time. */
  next(event: string): Promise<unknown>;
  /** Has the printer announce itself to us. */
  hear(): void;
  /** The printer trusts our key. */
  authorize(): Promise<void>;
}

export interface ServedOptions {
  readonly simulation?: Partial<PrinterSimulation> | SimulatedPrinter;
  readonly discovery?: Partial<DiscoveryOptions>;
  readonly memory?: TestMemory;
  readonly clientKey?: KeyObject;
  readonly times?: PrinterKindOptions['times'];
  /** Whether to wait until it is reachable. Default true. */
  readonly isAwaited?: boolean;
  /** Whether discovery knows whoever is there before the printer is served. Default false. */
  readonly isKnownBefore?: boolean;
}

export async function servePrinter(options: ServedOptions = {}): Promise<ServedPrinter> {
  const given = options.simulation ?? {};
  const isShared = 'statuses' in given;
  const simulation = isShared ? given : await simulated(given);
  const logged: object[] = [];
  const note = (details: object, message?: string): void => void logged.push({ ...details, message });
  const log: Log = { ...silent, debug: note, info: note, warn: note, error: note };
  const discovery = await discoverPrinters({
    addresses: [simulation.address],
    listen: false,
    port: simulation.discoveryPort,
    log,
    ...options.discovery,
  });
  if (options.isKnownBefore) await discovery.lookUp(simulation.uuid);
  const memory = options.memory ?? testMemory();
  const kind = printerKind({
    discovery,
    clientKey: options.clientKey ?? CLIENT_KEY,
    compileCheck,
    memory,
    ports: { manager: simulation.managerPort, robot: simulation.robotPort },
    log,
    ...(options.times ? { times: options.times } : {}),
  });
  const site = createSite({ compileCheck, checkOutputs: true, log });
  const id = `urn:uuid:${simulation.uuid}`;
  const thing = site.add('bob', kind.expose({ name: 'bob', id, uuid: simulation.uuid }), { id });
  const events: [string, unknown][] = [];
  thing.observe({ op: 'subscribeallevents' }, context).subscribe(({ name, value }) => events.push([name, value]));
  const read = async (name: string): Promise<unknown> =>
    (await thing.request({ op: 'readproperty', name }, context)).value;
  const invoke = async (name: string, input?: unknown): Promise<Answer> =>
    thing.request({ op: 'invokeaction', name, ...(input === undefined ? {} : { input }) }, context);
  const query = async (actionID: string): Promise<InvocationStatus | undefined> =>
    (await thing.request({ op: 'queryaction', actionID }, context)).status;
  const served: ServedPrinter = {
    simulation,
    discovery,
    kind,
    thing,
    memory,
    events,
    logged,
    read,
    invoke,
    ask: async (name, input) => (await invoke(name, input)).output,
    async run(name, input) {
      const { status } = await invoke(name, input);
      for (;;) {
        const told = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'actionStatus' }, context));
        const present = await query(status?.actionID ?? '');
        if (present?.state === 'completed' || present?.state === 'failed') return present;
        await told;
      }
    },
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
    async reach(...groups) {
      while (!groupIs(...groups)(await served.ask('refresh')));
    },
    next: async (name) => (await firstValueFrom(thing.observe({ op: 'subscribeevent', name }, context))).value,
    hear: () => discovery.poke(simulation.address),
    authorize: async () => void (await invoke('authorizeWithPassword', { password: PASSWORD })),
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await kind[Symbol.asyncDispose]();
      await discovery[Symbol.asyncDispose]();
      if (!isShared) await simulation[Symbol.asyncDispose]();
    },
  };
  if (options.isAwaited !== false) await served.until('reachable', (isReachable) => isReachable === true);
  return served;
}

/** The code of the ThingError that a promise rejects with; `none` if it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

/** The group of a status. */
const groupIs =
  (...groups: readonly string[]) =>
  (status: unknown): boolean =>
    typeof status === 'object' && status !== null && 'group' in status && groups.includes(String(status.group));
