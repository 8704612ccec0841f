import { Subject } from 'rxjs';
import { encodeUpdate } from '../wire/device-encoder.js';
import type { ServerFrame, Start } from '../wire/server-frame.js';
import { deliver } from './deliver.js';
import type { DeviceSocket } from './device-socket.js';
import {
  type DeviceParts,
  faultyProgram,
  messageOf,
  pause,
  registration,
  type SimulatedDevice,
} from './simulated-device.js';

/**
 * A device of the first generation: it registers at once, reads nothing while it scans, aborts a scan whose connection is
 * gone, and stays in ERROR after one that failed.
 */
export function firstGeneration(parts: DeviceParts): SimulatedDevice {
  const heard = new Subject<ServerFrame>();
  let scans = 0;

  const scan = async (socket: DeviceSocket, start: Start): Promise<void> => {
    const fault = parts.fault(scans++);
    if (fault === 'mute') return;
    if (fault === 'noProgram') {
      const data = { error_message: 'Scan callback not defined.' };
      await socket.send(encodeUpdate({ status: 'ERROR', data }));
      return;
    }
    const named = { taskID: start.taskID, capability: start.capability };
    const progress = (percent: number): Promise<void> =>
      socket.send(encodeUpdate({ status: 'BUSY', data: { progress: percent }, ...named }));
    await socket.send(encodeUpdate({ status: 'BUSY', data: null }));
    await progress(0);
    try {
      await faultyProgram(
        parts,
        fault,
        () => socket,
      )(start, {
        signal: parts.signal,
        progress,
        upload: (file) => deliver(socket, { start, file, fault }),
        wait: (milliseconds) => pause(parts, milliseconds),
      });
    } catch (error) {
      parts.log.info({ task: start.taskID, error: messageOf(error) }, 'a scan failed');
      await socket.send(encodeUpdate({ status: 'ERROR', data: { error_message: messageOf(error) }, ...named }));
      return;
    }
    await socket.send(encodeUpdate({ status: 'ONLINE', data: null }));
  };

  return {
    heard,
    async serve(socket) {
      await socket.send(registration(parts));
      for await (const frame of socket.frames()) {
        heard.next(frame);
        // What it cannot read makes it dial anew, and leave this connection open.
        if (frame.kind === 'invalid') return;
        if (frame.kind === 'start') await scan(socket, frame.start);
      }
    },
    goodbye: (socket) => socket.close(),
  };
}
