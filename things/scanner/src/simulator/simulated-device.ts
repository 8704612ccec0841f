import { type Log, type Members, ThingError } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import type { Subject } from 'rxjs';
import { encodeRegister } from '../wire/device-encoder.js';
import type { ReportedDetails } from '../wire/device-frame.js';
import type { ServerFrame, Start } from '../wire/server-frame.js';
import type { DeviceSocket } from './device-socket.js';
import type { Fault, ScanProgram } from './scan-program.js';

/** What devices of both generations have. */
export interface DeviceParts {
  readonly details: ReportedDetails;
  readonly parameter: Members;
  readonly program: ScanProgram;
  /** Asked before each scan, with its number from 0. */
  readonly fault: (scan: number) => Fault | undefined;
  /** Whether it stops a scan that the server cancels, as no device of today does. */
  readonly obeysCancel: boolean;
  /** Milliseconds that the fault `block` lasts. */
  readonly blockTime: number;
  /** Milliseconds; the second generation waits twice as long before it sends a file again, then twice as long as that. */
  readonly retryDelay: number;
  readonly log: Log;
  readonly timer: Timer;
  readonly signal: AbortSignal;
  /** Dials. Rejects with a RefusedError. */
  dial(): Promise<DeviceSocket>;
}

/** A device that runs: it is driven by its connection. */
export interface SimulatedDevice {
  /** Called with every connection; resolves when that is over. */
  serve(socket: DeviceSocket): Promise<void>;
  /** Says goodbye. */
  goodbye(socket: DeviceSocket): Promise<void>;
  readonly heard: Subject<ServerFrame>;
}

/** The frame by which a device of either generation registers. */
export const registration = ({ details, parameter }: DeviceParts): string => encodeRegister(details, parameter);

/** Waits, unless the device is stopped. */
export function pause({ timer, signal }: DeviceParts, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      stop();
      reject(new ThingError('aborted', 'The device was stopped'));
    };
    const stop = timer.after(milliseconds, () => {
      signal.removeEventListener('abort', stopped);
      resolve();
    });
    if (signal.aborted) stopped();
    else signal.addEventListener('abort', stopped, { once: true });
  });
}

/** The program of a scan with its fault built in: it comes with the first progress from the middle on. */
export function faultyProgram(parts: DeviceParts, fault: Fault | undefined, socket: () => DeviceSocket): ScanProgram {
  return (start: Start, controls) => {
    let isDue = fault === 'raise' || fault === 'drop' || fault === 'block';
    return parts.program(start, {
      ...controls,
      async progress(percent) {
        if (isDue && percent >= 50) {
          isDue = false;
          if (fault === 'raise') throw new Error('no signal from the coil');
          if (fault === 'drop') socket().drop();
          if (fault === 'block') await blocked(parts, socket());
        }
        await controls.progress(percent);
      },
    });
  };
}

async function blocked(parts: DeviceParts, socket: DeviceSocket): Promise<void> {
  socket.block(true);
  await pause(parts, parts.blockTime);
  socket.block(false);
}

/** What is told of what a scan program threw. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
