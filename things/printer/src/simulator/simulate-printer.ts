import type { SecureContext } from 'node:tls';
import { type Log, silent } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import type { Observable } from 'rxjs';
import { DISCOVERY_GROUP, DISCOVERY_PORT } from '../wire/packet-header.js';
import type { StatusBlock } from '../wire/status-block.js';
import { printerCertificate } from './certificate.js';
import { openDiscovery, type UdpPlace } from './discovery-side.js';
import { openIdentityRoot } from './identity-root.js';
import { serveManager } from './manager-session.js';
import type { PrinterFault, PrinterFaults } from './printer-fault.js';
import { type PrinterSelf, printerSelf } from './printer-self.js';
import { type IdentityKind, openMemory } from './printer-settings.js';
import { createRobotRoom } from './robot-room.js';
import { serveRobot } from './robot-session.js';
import { createRunningTask, type RunningTask } from './running-task.js';
import { createStoredFiles } from './stored-files.js';
import { openTcpDoor } from './tcp-door.js';

/** The printer to simulate. */
export interface PrinterSimulation {
  /** Where it keeps who it is and what it is set to (`printer.json`); it is made. */
  readonly folder: string;
  /** Its own address, of this machine. Default 127.0.0.1; ports are fixed for clients of the vendor, so that two printers need two. */
  readonly address?: string;
  /** 0 picks a free one. Defaults 1901 (UDP), 1901 (TCP) and 23811. */
  readonly discoveryPort?: number;
  readonly managerPort?: number;
  readonly robotPort?: number;
  /** Of its announcements: signed (1) or bare (2). Default 1. */
  readonly version?: 1 | 2;
  /** Whether it answers pokes of its own version only. Default false: so that the vendor's client finds it by a poke. */
  readonly isStrict?: boolean;
  /** Whether it announces itself, and sends beacons of version 0. Defaults true and false. */
  readonly announces?: boolean;
  readonly beacons?: boolean;
  /** Where both go; default: 239.255.255.250 and 255.255.255.255, port 1901. */
  readonly listeners?: readonly UdpPlace[];
  /** Milliseconds between announcements. Default 3000. */
  readonly period?: number;
  /** What the robot speaks: with a cipher of its own, or TLS. Default `FLUX0002` for version 1, `FLUX0003` for version 2. */
  readonly generation?: 'FLUX0002' | 'FLUX0003';
  /** Who it is at its first start; later it stays who it was. Defaults: `rescue`, a UUID and a serial that fit. */
  readonly identity?: IdentityKind;
  readonly uuid?: string;
  readonly serial?: string;
  /** At its first start. Defaults `Simulated printer` and `flux`; an empty password is none. */
  readonly name?: string;
  readonly password?: string;
  /** Bits of its key, made at the first start. Default 2048. */
  readonly keyBits?: number;
  /** Whether its certificate has another key than its master key. Default false. */
  readonly ownCertificateKey?: boolean;
  /** What signs an identity that is `signed`: a private key on P-384, PEM. Default: one of its own. */
  readonly rootKey?: string;
  /** Defaults `delta-1` and `1.7.0`. */
  readonly model?: string;
  readonly firmware?: string;
  /** Milliseconds of a print, and of each state on the way to another. Defaults 60,000 and 1000. */
  readonly printTime?: number;
  readonly stepTime?: number;
  /** Milliseconds after which a connection without a byte is closed. Default 3,600,000. */
  readonly idleTime?: number;
  /** Bytes of a file, and of all that are stored. Defaults 32 MiB and 128 MiB. */
  readonly maxFile?: number;
  readonly capacity?: number;
  /** What goes wrong from the beginning. */
  readonly faults?: Iterable<PrinterFault>;
  readonly signal?: AbortSignal;
  readonly log?: Log;
  readonly timer?: Timer;
}

/** A simulated printer at work. Disposing switches it off; started again over its folder it is the same, with all keys that it trusted. */
export interface SimulatedPrinter extends AsyncDisposable {
  readonly uuid: string;
  readonly serial: string;
  readonly name: string;
  readonly address: string;
  readonly discoveryPort: number;
  readonly managerPort: number;
  readonly robotPort: number;
  /** The access ids of the keys that it trusts. */
  readonly trusted: readonly string[];
  /** Its network settings, by the names of the wire. */
  readonly network: Readonly<Record<string, string>>;
  /** How it stands, now and with every change; completes when it is switched off. */
  readonly statuses: Observable<StatusBlock>;
  /** What goes wrong: add and delete at will. */
  readonly faults: Set<PrinterFault>;
  /** Announces itself now. */
  announce(): void;
  /** Meets a problem, such as `HARDWARE_ERROR FILAMENT_RUNOUT`: a task that runs is paused by it. */
  meet(error: string): void;
  /** Resolves when it is switched off; never rejects. */
  readonly ended: Promise<{ readonly cause: 'stopped' }>;
}

const MANAGER_PORT = 1901;
const ROBOT_PORT = 23_811;
const MULTICAST: UdpPlace = { address: DISCOVERY_GROUP, port: DISCOVERY_PORT };
const BROADCAST: UdpPlace = { address: '255.255.255.255', port: DISCOVERY_PORT };
const FOREIGN_UUID = 'ffffffff-ffff-ffff-dead-000000000000';
/** Clients pass over a device with another version (reference, section 2.11). */
const FIRMWARE = /^\d+\.\d+(\.\d+)?([ab]\d+)?$/;
/** What a new printer has on its card. */
const SAMPLE = Buffer.from('FCx0001\nThingwright calibration cube\n');

/**
 * Switches a printer on: it announces itself, answers pokes and touches, is managed over TLS and prints (reference, section 9).
 * Rejects with a ThingError: `unavailable` if a port cannot be had, `invalid` if its folder holds no printer; with a RangeError
 * for a version, a name or a model that no device has.
 */
export async function simulatePrinter(options: PrinterSimulation): Promise<SimulatedPrinter> {
  const { address = '127.0.0.1', signal, timer = systemTimer } = options;
  checkTexts(options);
  const faults = new Set(options.faults);
  const self = await wakeUp(options, faults);
  const times = { step: options.stepTime ?? 1000, print: options.printTime ?? 60_000 };
  const task = createRunningTask({ timer, times, faults });
  const sides = await openSides({ self, task, faults }, options);
  let settle: (end: { readonly cause: 'stopped' }) => void = () => {};
  const ended = new Promise<{ readonly cause: 'stopped' }>((resolve) => {
    settle = resolve;
  });
  const onAbort = (): void => void stop();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= closeAll(sides.all).then(() => {
      signal?.removeEventListener('abort', onAbort);
      task[Symbol.dispose]();
      settle({ cause: 'stopped' });
    });
    return stopping;
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });

  return {
    uuid: self.uuid,
    serial: self.serial,
    get name() {
      return self.metadata.name;
    },
    address,
    discoveryPort: sides.discovery.port,
    managerPort: sides.manager.port,
    robotPort: sides.robot.port,
    get trusted() {
      return self.memory.get('trusted').map(({ accessID }) => accessID);
    },
    get network() {
      return self.memory.get('network');
    },
    statuses: task.statuses,
    faults,
    announce: sides.discovery.announce,
    meet: (error) => task.meet(error),
    ended,
    [Symbol.asyncDispose]: stop,
  };
}

/** Texts that would not come back from metadata as they are. */
function checkTexts({ firmware = '1.7.0', name, model }: PrinterSimulation): void {
  if (!FIRMWARE.test(firmware)) throw new RangeError(`'${firmware}' is no version that clients take, such as 1.7.0`);
  for (const text of [name, model]) {
    if (text !== undefined && !/^\P{Cc}{1,256}$/u.test(text))
      throw new RangeError(`'${text}' is no name of 1 to 256 characters`);
  }
}

/** Opens what a printer has kept, or makes it. */
async function wakeUp(options: PrinterSimulation, faults: PrinterFaults): Promise<PrinterSelf> {
  const { folder, identity = 'rescue', uuid, serial, log = silent, timer = systemTimer } = options;
  const { name = 'Simulated printer', password = 'flux', keyBits = 2048, ownCertificateKey = false } = options;
  const first = { identity, uuid, serial, name, password, keyBits, ownCertificateKey };
  const memory = await openMemory(folder, first, log);
  const isSigned = memory.get('identity') === 'signed';
  const root = isSigned ? await openIdentityRoot(memory, folder, options.rootKey) : undefined;
  const { model = 'delta-1', firmware: version = '1.7.0' } = options;
  return printerSelf(memory, { model, version, root, timer, faults });
}

interface Inside {
  readonly self: PrinterSelf;
  readonly task: RunningTask;
  readonly faults: PrinterFaults;
}

/** The sides that clients see; if one cannot be opened, none is. */
async function openSides(inside: Inside, options: PrinterSimulation) {
  const { self, task, faults } = inside;
  const { address = '127.0.0.1', idleTime = 3_600_000, log = silent, version = 1, timer = systemTimer } = options;
  const { discoveryPort = DISCOVERY_PORT, managerPort = MANAGER_PORT, robotPort = ROBOT_PORT } = options;
  const door = { address, idleTime, faults, log };
  const certificate = certificates(self, faults, timer);
  const robot = {
    ...inside,
    certificate,
    generation: options.generation ?? (version === 1 ? 'FLUX0002' : 'FLUX0003'),
    room: createRobotRoom(task),
    files: createStoredFiles(options.capacity ?? 134_217_728, { 'sample.fc': SAMPLE }),
    maxFile: options.maxFile ?? 33_554_432,
  } as const;
  const all: AsyncDisposable[] = [];
  const kept = <T extends AsyncDisposable>(side: T): T => {
    all.push(side);
    return side;
  };
  try {
    const manager = kept(
      await openTcpDoor({ ...door, port: managerPort }, (...client) =>
        serveManager(...client, { self, certificate, faults }),
      ),
    );
    const robotDoor = kept(
      await openTcpDoor({ ...door, port: robotPort }, (...client) => serveRobot(...client, robot)),
    );
    // The last: whoever hears of a printer finds its doors open.
    const discovery = kept(
      await openDiscovery(self, () => task.status, {
        address,
        port: discoveryPort,
        version,
        isStrict: options.isStrict ?? false,
        announceTo: options.announces === false ? [] : (options.listeners ?? [MULTICAST]),
        beaconTo: options.beacons === true ? (options.listeners ?? [BROADCAST]) : [],
        period: options.period ?? 3000,
        timer,
        log,
        faults,
      }),
    );
    return { manager, robot: robotDoor, discovery, all };
  } catch (error) {
    await closeAll(all);
    task[Symbol.dispose]();
    throw error;
  }
}

/** The certificate of the moment: its own, or one that names another device. */
function certificates({ uuid, serial, memory }: PrinterSelf, faults: PrinterFaults, timer: Timer) {
  const key = memory.get('certificateKey') || memory.get('masterKey');
  const made = new Map<string, Promise<SecureContext>>();
  return (): Promise<SecureContext> => {
    const name = faults.has('foreignCertificate') ? FOREIGN_UUID : uuid;
    const present = made.get(name) ?? printerCertificate(key, { uuid: name, serial, identify: '00' }, timer.now());
    made.set(name, present);
    return present;
  };
}

async function closeAll(sides: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(sides.map((side) => side[Symbol.asyncDispose]()));
}
