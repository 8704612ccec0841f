import { ThingError } from '@thingwright/core';
import { Subject } from 'rxjs';
import { encodeUpdate, PING } from '../wire/device-encoder.js';
import type { ServerFrame, Start } from '../wire/server-frame.js';
import { deliver } from './deliver.js';
import type { DeviceSocket } from './device-socket.js';
import type { Fault, ScanFile } from './scan-program.js';
import {
  type DeviceParts,
  faultyProgram,
  messageOf,
  pause,
  registration,
  type SimulatedDevice,
} from './simulated-device.js';

const HEARTBEAT = 15_000;
const TRIES = 3;

/** A scan that runs, or whose files are still on their way. */
interface Scanning {
  readonly start: Start;
  readonly fault: Fault | undefined;
  readonly cancelled: AbortController;
  /** The connection was lost meanwhile: its state machine lets it say neither BUSY nor the end any more. */
  isResumed: boolean;
}

/**
 * A device of the second generation: it greets, registers, sends heartbeats, scans in the background and delivers files from a
 * queue. Connected anew in the middle of a scan it goes on with it; connected anew while idle it is a zombie, which only
 * sends heartbeats.
 */
export function secondGeneration(parts: DeviceParts): SimulatedDevice {
  const heard = new Subject<ServerFrame>();
  let socket: DeviceSocket | undefined;
  let scanning: Scanning | undefined;
  let scans = 0;
  let deliveries: Promise<void> = Promise.resolve();

  /** Waits for a connection, for as long as the device runs. */
  const connected = async (): Promise<DeviceSocket> => {
    while (!socket?.isOpen) await pause(parts, 10);
    return socket;
  };

  const deliverInTurn = async ({ start, fault }: Scanning, file: ScanFile): Promise<void> => {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        const isFaulty = fault !== 'dropInFile' || attempt === 1;
        const delivery = { start, file, fault: isFaulty ? fault : undefined, parameter: start.parameter };
        await deliver(await connected(), delivery);
        if (fault !== 'dropInFile' || !isFaulty) return;
      } catch (error) {
        parts.log.info({ file: file.name, attempt, error: messageOf(error) }, 'a file could not be delivered');
      }
      await pause(parts, 2 ** attempt * parts.retryDelay);
    }
  };

  const scan = async (start: Start): Promise<void> => {
    const fault = parts.fault(scans++);
    if (fault === 'mute') return;
    const own: Scanning = { start, fault, cancelled: new AbortController(), isResumed: false };
    scanning = own;
    const named = { taskID: start.taskID, capability: start.capability };
    const tell = async (text: string): Promise<void> => (await connected()).send(text);
    const progress = async (percent: number): Promise<void> => {
      own.cancelled.signal.throwIfAborted();
      const open = await connected();
      // Asked only now: the connection may be a new one.
      const status = own.isResumed ? 'ONLINE' : 'BUSY';
      await open.send(encodeUpdate({ status, data: { progress: percent }, ...named }));
    };
    try {
      await progress(0);
      await faultyProgram(
        parts,
        fault,
        () => socket ?? lost(),
      )(start, {
        signal: own.cancelled.signal,
        progress: async (percent) => {
          // A progress that is lost with its connection is not told again.
          await progress(percent).catch((error: unknown) => {
            own.cancelled.signal.throwIfAborted();
            parts.log.debug({ error: messageOf(error) }, 'progress was lost');
          });
        },
        upload: async (file) => {
          deliveries = deliveries.then(() => deliverInTurn(own, file)).catch(() => {});
        },
        wait: (milliseconds) => pause(parts, milliseconds),
      });
    } catch (error) {
      scanning = undefined;
      if (own.isResumed) return;
      await tell(encodeUpdate({ status: 'ERROR', data: { error_message: messageOf(error) }, ...named }));
      await tell(encodeUpdate({ status: 'ONLINE', data: {} }));
      return;
    }
    scanning = undefined;
    if (!own.isResumed) await tell(encodeUpdate({ status: 'ONLINE', data: {} }));
  };

  const onFrame = (frame: ServerFrame): void => {
    if (frame.kind === 'start' && !scanning) {
      scan(frame.start).catch((error: unknown) => parts.log.debug({ error: messageOf(error) }, 'a scan broke off'));
    } else if (frame.kind === 'cancel' && parts.obeysCancel && scanning?.start.taskID === frame.taskID) {
      scanning.cancelled.abort(new Error('Scan cancelled'));
    }
  };

  let isFirst = true;
  return {
    heard,
    async serve(opened) {
      socket = opened;
      const stopBeating = parts.timer.every(HEARTBEAT, () => {
        // A heartbeat that fails is followed by the end of the connection.
        opened.send(PING).catch(() => {});
      });
      const isZombie = !isFirst && !scanning;
      isFirst = false;
      try {
        if (scanning) scanning.isResumed = true;
        if (isZombie) {
          await opened.send(PING);
        } else {
          await opened.send(encodeUpdate({ status: 'ONLINE', data: {} }));
          await opened.send(registration(parts));
        }
        for await (const frame of opened.frames()) {
          if (isZombie) continue;
          heard.next(frame);
          if (frame.kind === 'invalid') return;
          if (frame.kind === 'start' && parts.fault(scans) === 'noProgram') {
            scans++;
            return;
          }
          onFrame(frame);
        }
      } finally {
        stopBeating();
      }
    },
    async goodbye(opened) {
      if (opened.isOpen) await opened.send(encodeUpdate({ status: 'OFFLINE', data: {} }));
      await opened.close();
    },
  };
}

function lost(): never {
  throw new ThingError('disconnected', 'There is no connection');
}
