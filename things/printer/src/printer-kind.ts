import type { KeyObject } from 'node:crypto';
import { type CompileCheck, type Exposure, type Log, silent, ThingError } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import { type Observable, Subject, type Subscription } from 'rxjs';
import { PRINTER_PORTS, type PrinterPorts } from './connection/printer-target.js';
import type { PrinterDiscovery } from './discovery/discover-printers.js';
import type { ManagerTimes } from './manager/manager-session.js';
import { printer } from './printer.js';
import type { PrinterControl } from './printer-control.js';
import { type AdoptedPrinter, PrinterDevice, type PrinterHost } from './printer-device.js';
import { type PrinterMemory, recordReader, rememberInProcess } from './printer-record.js';
import type { RobotTimes } from './robot/robot-session.js';

/** What printers need of the program that serves them. */
export interface PrinterKindOptions {
  /** Finds them; it is not disposed of with the kind. */
  readonly discovery: PrinterDiscovery;
  /** RSA, private, 1024 to 4096 bits: printers let us in by it once it was made known to them. Keep it; 2048 bits work. */
  readonly clientKey: KeyObject;
  readonly compileCheck: CompileCheck;
  /** Default: remembered until the process ends. */
  readonly memory?: PrinterMemory;
  /** TCP ports of printers; default those of the wire. */
  readonly ports?: Partial<PrinterPorts>;
  /** How long printers are waited for. */
  readonly times?: { readonly manager?: Partial<ManagerTimes>; readonly robot?: Partial<RobotTimes> };
  readonly log?: Log;
  readonly timer?: Timer;
}

/** Printers at work, and the Things of them. Disposing lets go of them all, and leaves them as they are; twice does no harm. */
export interface PrinterKind extends AsyncDisposable {
  /**
   * The Thing of a printer, to be added to a Site under its name. It is pinned when it is seen first: later no other is listened to under its
   * UUID. One that is exposed under that name already is let go of.
   */
  expose(adopted: AdoptedPrinter): Exposure;
  /** Lets go of a printer that was removed, and of its pin. */
  forget(name: string): void;
  /** Whether something was heard of it within 30 s. */
  isConnected(name: string): boolean;
  /** Emits the name of a printer that has appeared or disappeared. */
  readonly changes: Observable<string>;
  /**
   * What takes files of any size, for programs that receive them otherwise than with an action: `start` and `upload`.
   * @throws ThingError `notFound`.
   */
  filesOf(name: string): Pick<PrinterControl, 'start' | 'upload'>;
}

/** How often time is looked at, for all printers at once. */
const SWEEP = 250;

/** Makes the kind `printer`. @throws TypeError for a key that is no RSA private key of 1024 to 4096 bits. */
export function printerKind(options: PrinterKindOptions): PrinterKind {
  const { discovery, clientKey, compileCheck, log = silent, timer = systemTimer } = options;
  const { memory = rememberInProcess(), times = {} } = options;
  checkKey(clientKey);
  const ports = { ...PRINTER_PORTS, ...options.ports };
  const host: PrinterHost = {
    discovery,
    clientKey,
    memory,
    readRecord: recordReader(compileCheck),
    ports,
    times,
    log,
    timer,
  };
  const devices = new Map<string, { readonly device: PrinterDevice; readonly reachable: Subscription }>();
  const changes = new Subject<string>();
  const stop = timer.every(SWEEP, () => {
    for (const { device } of devices.values()) device.sweep();
  });

  const letGo = (name: string, isRemoved: boolean): void => {
    const entry = devices.get(name);
    if (!entry) return;
    devices.delete(name);
    entry.reachable.unsubscribe();
    entry.device.close(isRemoved);
  };

  return {
    expose(adopted) {
      letGo(adopted.name, false);
      const device = new PrinterDevice(adopted, host);
      const reachable = device.facts.reachable.subscribe(() => changes.next(device.name));
      devices.set(device.name, { device, reachable });
      return printer(device);
    },
    forget: (name) => letGo(name, true),
    isConnected: (name) => devices.get(name)?.device.facts.isReachable ?? false,
    changes: changes.asObservable(),
    filesOf(name) {
      const entry = devices.get(name);
      if (!entry) throw new ThingError('notFound', `There is no printer named '${name}'`);
      return entry.device.control;
    },
    async [Symbol.asyncDispose]() {
      stop();
      for (const name of [...devices.keys()]) letGo(name, false);
      changes.complete();
    },
  };
}

function checkKey(key: KeyObject): void {
  const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  if (key.type !== 'private' || bits < 1024 || bits > 4096) {
    throw new TypeError('The key for printers has to be a private RSA key of 1024 to 4096 bits');
  }
}
