import { type Log, type Members, silent } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { ReportedDetails } from '../wire/device-frame.js';
import type { ServerFrame } from '../wire/server-frame.js';
import { DeviceSocket, RefusedError } from './device-socket.js';
import { firstGeneration } from './first-generation.js';
import { type Fault, type ScanProgram, simulatedScan } from './scan-program.js';
import { secondGeneration } from './second-generation.js';
import { type DeviceParts, pause } from './simulated-device.js';

/** The device to simulate. */
export interface ScannerSimulation {
  /** The gateway (`https://127.0.0.1:8443`), or the full address of its door. */
  readonly url: string;
  /** The UUID of the device. */
  readonly id: string;
  readonly token: string;
  /** Which client it is. Default `gen-2`. */
  readonly generation?: 'gen-1' | 'gen-2';
  /** Certificates that are trusted besides those of the system: devices speak TLS. */
  readonly ca?: string | Buffer;
  /** Takes any certificate, as no real device does. Default false. */
  readonly insecure?: boolean;
  /** What it reports of itself; what is not said is null. */
  readonly details?: Partial<ReportedDetails>;
  readonly parameter?: Members;
  /** What it does when it scans. Default: {@link simulatedScan}. */
  readonly program?: ScanProgram;
  /** Asked before each scan, with its number from 0. */
  readonly fault?: (scan: number) => Fault | undefined;
  /** Whether it stops a scan that the server cancels (second generation); no device of today does. Default false. */
  readonly obeysCancel?: boolean;
  /** Milliseconds until it dials again, once. Default 5000. */
  readonly reconnectDelay?: number;
  /** Milliseconds that the fault `block` lasts. Default 22,000. */
  readonly blockTime?: number;
  /** Milliseconds; it waits twice as long before it sends a file again, then twice as long as that. Default 1000. */
  readonly retryDelay?: number;
  readonly signal?: AbortSignal;
  readonly log?: Log;
  readonly timer?: Timer;
}

/** Why a device stopped. */
export interface SimulationEnd {
  /** `deaf`: dialling again failed, and devices of today try it once. */
  readonly cause: 'stopped' | 'refused' | 'deaf';
  /** The HTTP status, where there was one. */
  readonly status?: number;
}

/** A simulated device at work. Disposing stops it with a goodbye. */
export interface SimulatedScanner extends AsyncDisposable {
  readonly connection: Observable<'CONNECTING' | 'OPEN' | 'CLOSED'>;
  /** What the server says; a zombie hears nothing. */
  readonly heard: Observable<ServerFrame>;
  /** Resolves when it has stopped; never rejects. */
  readonly ended: Promise<SimulationEnd>;
  /** Breaks the connection without a word. */
  drop(): void;
  /** Ends it without a word, as if its process was killed. */
  kill(): void;
}

const DETAILS: ReportedDetails = {
  deviceName: 'Simulated scanner',
  serialNumber: '1',
  manufacturer: 'Thingwright',
  modality: 'MRI',
  site: null,
};
const PATH = '/api/v1/device/ws';
/** What the client libraries of the generations take. */
const LIMITS = {
  'gen-1': { maxMessage: 1_048_576, maxWaiting: 32 },
  'gen-2': { maxMessage: 268_435_456, maxWaiting: Number.POSITIVE_INFINITY },
} as const;

/**
 * Runs a device that speaks the real wire of either generation, with the habits of the clients that exist: dialling again
 * once, reading nothing in the middle of a scan (first), becoming a zombie (second).
 */
export function simulateScanner(options: ScannerSimulation): SimulatedScanner {
  const { generation = 'gen-2', id, token, ca, insecure = false, reconnectDelay = 5000 } = options;
  const { log = silent, timer = systemTimer } = options;
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  const connection = new BehaviorSubject<'CONNECTING' | 'OPEN' | 'CLOSED'>('CLOSED');
  let socket: DeviceSocket | undefined;
  let isKilled = false;

  const parts: DeviceParts = {
    details: { ...DETAILS, ...options.details },
    parameter: options.parameter ?? { larmor_frequency: 2_025_000 },
    program: options.program ?? simulatedScan(),
    fault: options.fault ?? (() => undefined),
    obeysCancel: options.obeysCancel ?? false,
    blockTime: options.blockTime ?? 22_000,
    retryDelay: options.retryDelay ?? 1000,
    log,
    timer,
    signal,
    dial: () => DeviceSocket.dial({ url: doorOf(options.url), id, token, ca, insecure, ...LIMITS[generation] }),
  };
  const device = generation === 'gen-1' ? firstGeneration(parts) : secondGeneration(parts);
  /** All that were opened: a device leaves some of them behind. */
  const opened = new Set<DeviceSocket>();

  const connect = async (): Promise<void> => {
    connection.next('CONNECTING');
    socket = await parts.dial();
    opened.add(socket);
    if (signal.aborted) {
      socket.drop();
      return;
    }
    connection.next('OPEN');
    log.info({ device: id, generation }, 'connected');
    // What ends a connection, ends it: a device goes on with the next.
    await device.serve(socket).catch((error: unknown) => log.debug({ device: id, error }, 'a connection broke'));
    connection.next('CLOSED');
  };

  const run = async (): Promise<SimulationEnd> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (attempt > 0) await pause(parts, reconnectDelay);
        await connect();
      } catch (error) {
        if (signal.aborted) break;
        const status = error instanceof RefusedError ? error.status : undefined;
        log.error({ device: id, status, error }, 'the server could not be reached; a device of today gives up');
        return { cause: attempt === 0 ? 'refused' : 'deaf', ...(status === undefined ? {} : { status }) };
      }
    }
    return { cause: 'stopped' };
  };

  const goodbye = async (): Promise<void> => {
    if (isKilled) for (const each of opened) each.drop();
    else await Promise.all([...opened].map((each) => (each === socket ? device.goodbye(each) : each.close())));
  };
  const farewell = new Promise<void>((resolve) => {
    const leave = (): void => resolve(goodbye().catch((error: unknown) => log.debug({ error }, 'no goodbye')));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  const ended = run().then(async (end) => {
    if (end.cause === 'stopped') await farewell;
    connection.next('CLOSED');
    connection.complete();
    device.heard.complete();
    return end;
  });

  return {
    connection: connection.asObservable(),
    heard: device.heard.asObservable(),
    ended,
    drop: () => socket?.drop(),
    kill() {
      isKilled = true;
      stopping.abort();
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await farewell;
      await ended;
    },
  };
}

/** The door of a gateway; an address with a path is a door already. */
function doorOf(address: string): string {
  const url = new URL(address);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  if (url.pathname === '/') url.pathname = PATH;
  return url.href;
}
