import type { Members } from '@thingwright/core';
import type { DeviceStatus, ReportedDetails } from './device-frame.js';

/** The text frame of the heartbeat of the second generation. */
export const PING = '{"command":"ping"}';

/** What a device tells of its state. */
export interface UpdateToSend {
  readonly status: DeviceStatus;
  /** Null and an empty object are the same to the server; the first generation sends null. */
  readonly data: Members | null;
  readonly taskID?: string | undefined;
  readonly capability?: string | undefined;
}

/** A file that is announced. */
export interface TransferToSend {
  readonly taskID: string;
  readonly capability: string;
  readonly fileName: string;
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Sent by the second generation only. */
  readonly parameter?: Members | undefined;
}

/** The text frame by which a device registers. */
export const encodeRegister = (details: ReportedDetails, parameter: Members | null): string =>
  JSON.stringify({
    command: 'register',
    data: {
      device_name: details.deviceName,
      serial_number: details.serialNumber,
      manufacturer: details.manufacturer,
      modality: details.modality,
      status: null,
      site: details.site,
      parameter,
    },
  });

/** The text frame of an update; all five keys are always there. */
export const encodeUpdate = ({ status, data, taskID, capability }: UpdateToSend): string =>
  JSON.stringify({
    command: 'update_status',
    status,
    data,
    task_id: taskID ?? null,
    user_access_token: capability ?? null,
  });

/** The text frame that goes before the bytes of a file. */
export const encodeTransfer = ({ taskID, capability, fileName, size, sha256, parameter }: TransferToSend): string =>
  JSON.stringify({
    command: 'file-transfer',
    task_id: taskID,
    user_access_token: capability,
    filename: fileName,
    size_bytes: size,
    content_type: fileName.endsWith('.mrd') ? 'application/x-ismrmrd+hdf5' : 'application/octet-stream',
    sha256,
    ...(parameter ? { device_parameter: parameter } : {}),
  });
