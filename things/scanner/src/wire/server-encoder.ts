import type { AcquisitionPayload } from './acquisition-payload.js';

/** The text frame that answers a heartbeat. */
export const PONG = '{"command":"pong"}';

/** An answer to a device. Only `message` is read by the devices that exist; the others are for those to come. */
export interface Feedback {
  readonly message: string;
  readonly code?: string;
  readonly taskID?: string;
  readonly resultID?: string;
}

/** The text frame of an answer. */
export const encodeFeedback = ({ message, code, taskID, resultID }: Feedback): string =>
  JSON.stringify({ command: 'feedback', message, code, task_id: taskID, result_id: resultID });

/** The text frame of an error: without `command`, it goes to the error handler of a device's program. */
export const encodeError = (message: string): string => JSON.stringify({ message });

/** The text frame that starts a scan. */
export const encodeStart = (payload: AcquisitionPayload): string => JSON.stringify({ command: 'start', data: payload });

/** The text frame that asks for the end of a scan: an extension, which devices of today report as unknown. */
export const encodeCancel = (taskID: string): string =>
  JSON.stringify({ command: 'cancel', data: { task_id: taskID } });
