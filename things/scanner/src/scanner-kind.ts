import { type CompileCheck, type Exposure, type Log, type Site, type SiteChange, silent } from '@thingwright/core';
import { type DeviceIdentities, systemTimer, type Timer } from '@thingwright/device-link';
import type { Binding, Listener } from '@thingwright/listener';
import { type Observable, Subject, type Subscription } from 'rxjs';
import type { ResultSink } from './result-sink.js';
import { resultsInProcess } from './results-in-process.js';
import { scanner } from './scanner.js';
import { type ProvisionedScanner, ScannerDevice, type ScannerHost } from './scanner-device.js';
import { openScannerDoor, type ScannerDoor } from './scanner-door.js';
import { recordReader, rememberInProcess, type ScannerMemory } from './scanner-record.js';

/** What scanners need of the program that serves them. */
export interface ScannerKindOptions {
  /** Who the devices are that dial in; they are asked for by their local names. */
  readonly identities: DeviceIdentities;
  readonly compileCheck: CompileCheck;
  /** Default: remembered until the process ends. */
  readonly memory?: ScannerMemory;
  /** Default: 64 MiB, kept until the process ends. */
  readonly results?: ResultSink;
  /** Bytes of one file. Default 8 GiB. */
  readonly maxFileSize?: number;
  /** Is told of a device that speaks of a task that is not its own, or shows another capability (rule 5, A9). */
  readonly trespassed?: (device: ProvisionedScanner, taskID: string) => void;
  readonly log?: Log;
  readonly timer?: Timer;
}

/** Scanners at work: their door, and the Things behind it. Disposing closes the door; twice does no harm. */
export interface ScannerKind extends AsyncDisposable {
  /** Adds the door `/api/v1/device/ws`. */
  readonly binding: Binding;
  /** The Thing of a device, to be added to the Site under the device's name. It is forgotten when it is removed there. */
  expose(device: ProvisionedScanner): Exposure;
  /** Whether a device is dialled in and has registered. */
  isConnected(name: string): boolean;
  /** Emits the name of a device whose connection has changed. */
  readonly changes: Observable<string>;
  /** Attempts at the door that were refused so far. */
  readonly refused: number;
}

/** How often time is looked at, for all devices at once: the grain of everything that has patience. */
const SWEEP = 250;
/** Milliseconds by which two looks may be further apart, or nearer, before the clock counts as set. */
const UNEVEN = 5000;
const MAX_FILE = 8_589_934_592;

/** Makes the kind `scanner`. Nothing is open before its binding is. */
export function scannerKind(options: ScannerKindOptions): ScannerKind {
  const { identities, compileCheck, trespassed, log = silent, timer = systemTimer } = options;
  const { memory = rememberInProcess(), results = resultsInProcess(), maxFileSize = MAX_FILE } = options;
  const readRecord = recordReader(compileCheck);
  const host: ScannerHost = { memory, readRecord, results, maxFileSize, trespassed, log, now: () => timer.now() };
  const devices = new Map<string, { readonly device: ScannerDevice; readonly connection: Subscription }>();
  const byID = new Map<string, ScannerDevice>();
  const changes = new Subject<string>();
  let door: ScannerDoor | undefined;
  let removals: Subscription | undefined;
  let stopSweeping = (): void => {};

  const forget = (name: string): void => {
    const entry = devices.get(name);
    if (!entry) return;
    devices.delete(name);
    byID.delete(entry.device.id);
    entry.device.close();
    entry.connection.unsubscribe();
  };

  const onSiteChange = ({ type, thing }: SiteChange): void => {
    if (type === 'removed' && devices.get(thing.name)?.device.id === thing.id) forget(thing.name);
  };

  const open = (site: Site, listener: Listener): void => {
    door = openScannerDoor(listener, {
      identities,
      log,
      timer,
      deviceOf: (uuid) => byID.get(`urn:uuid:${uuid}`),
      named: (name) => devices.get(name)?.device,
    });
    removals = site.changes.subscribe(onSiteChange);
    let due = timer.now() + SWEEP;
    stopSweeping = timer.every(SWEEP, () => {
      const now = timer.now();
      const late = now - due;
      due = now + SWEEP;
      for (const { device } of devices.values()) {
        if (Math.abs(late) > UNEVEN) device.clockSet(late);
        device.sweep(now);
      }
    });
  };

  return {
    binding: { open },
    expose(provisioned) {
      forget(provisioned.name);
      const device = new ScannerDevice(provisioned, host);
      const connection = device.presence.connection.value.subscribe(() => changes.next(device.name));
      devices.set(device.name, { device, connection });
      byID.set(device.id, device);
      return scanner(device);
    },
    isConnected: (name) => devices.get(name)?.device.presence.isRegistered ?? false,
    changes: changes.asObservable(),
    get refused() {
      return door?.refused ?? 0;
    },
    async [Symbol.asyncDispose]() {
      stopSweeping();
      removals?.unsubscribe();
      await door?.[Symbol.asyncDispose]();
      for (const { connection } of devices.values()) connection.unsubscribe();
      changes.complete();
    },
  };
}
