import { isMembers, type Members, parseJSON } from '@thingwright/core';
import { STATUSES } from '../scanner.model.js';

/** What a device says of itself; one of {@link STATUSES}. */
export type DeviceStatus = (typeof STATUSES)[number];

/** What a device reports of itself when it registers; null where it says nothing. */
export interface ReportedDetails {
  readonly deviceName: string | null;
  readonly serialNumber: string | null;
  readonly manufacturer: string | null;
  readonly modality: string | null;
  readonly site: string | null;
}

/** A report of the device's state, and of its task where it names one. */
export interface Update {
  readonly status: DeviceStatus;
  /** An integer, 0 to 100. */
  readonly progress: number | undefined;
  /** Only where the status is ERROR. */
  readonly message: string | undefined;
  readonly taskID: string | undefined;
  /** The capability that came with the task. */
  readonly capability: string | undefined;
  /** It carries an empty object, as only the second generation sends. */
  readonly isEmpty: boolean;
}

/** What precedes the bytes of a file. */
export interface TransferHeader {
  readonly taskID: string;
  readonly capability: string;
  /** As the device says it: anything, possibly a path. */
  readonly fileName: string;
  readonly size: number;
  /** 64 hexadecimal digits in lower case; undefined if the device states none. */
  readonly sha256: string | undefined;
  /** The second generation tells with which parameters it measured. */
  readonly parameter: Members | undefined;
}

/** What a text frame of a device turned out to be. */
export type DeviceFrame =
  | { readonly kind: 'register'; readonly details: ReportedDetails; readonly parameter: Members | undefined }
  | { readonly kind: 'update'; readonly update: Update }
  | { readonly kind: 'ping' }
  | { readonly kind: 'transfer'; readonly header: TransferHeader }
  /** A header that cannot be used; its bytes may follow all the same. */
  | { readonly kind: 'badTransfer'; readonly reason: string; readonly taskID: string; readonly fileName: string }
  | { readonly kind: 'unknown'; readonly command: string }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Bytes; files go in binary frames, and nothing else is large. */
const MAX_TEXT = 131_072;
const MAX_NAME = 1024;
/** Characters of a task's id: it is an echo of ours, a UUID. What is longer is not told on to events and logs. */
const MAX_ID = 100;
const MAX_MESSAGE = 4096;
const DIGEST = /^[0-9a-f]{64}$/i;

const invalid = (reason: string): DeviceFrame => ({ kind: 'invalid', reason });

/** Decodes a text frame of a device of either generation (reference, section 4); never throws. */
export function decodeDeviceFrame(bytes: Buffer): DeviceFrame {
  if (bytes.length > MAX_TEXT) return invalid(`a text frame of more than ${MAX_TEXT} bytes`);
  const frame = parseJSON(bytes.toString());
  if (!isMembers(frame)) return invalid('not one JSON object');
  switch (frame.command) {
    case 'register':
      return readRegister(frame.data);
    case 'update_status':
      return readUpdate(frame);
    case 'file-transfer':
      return readTransfer(frame);
    case 'ping':
      return { kind: 'ping' };
    default:
      return { kind: 'unknown', command: typeof frame.command === 'string' ? shown(frame.command) : 'none' };
  }
}

const NO_ID = `/task_id has to be a string of at most ${MAX_ID} characters`;
const isID = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_ID;

const shown = (text: string): string => JSON.stringify(text.slice(0, 100));

/** Whether a member says nothing: null or absent mean the same on this wire. */
const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

function readRegister(data: unknown): DeviceFrame {
  if (!isMembers(data)) return invalid('Invalid device details.');
  const texts = new Map<string, string | null>();
  for (const key of ['device_name', 'serial_number', 'manufacturer', 'modality', 'site']) {
    const value = data[key];
    if (isNothing(value)) texts.set(key, null);
    else if (typeof value === 'string' && value.length <= MAX_NAME) texts.set(key, value);
    else return invalid(`/data/${key} has to be a string of at most ${MAX_NAME} characters`);
  }
  const { parameter, status } = data;
  if (!isNothing(status) && !isStatus(status)) return invalid('/data/status is none that is known');
  if (!isNothing(parameter) && !isMembers(parameter)) return invalid('/data/parameter has to be an object');
  const text = (key: string): string | null => texts.get(key) ?? null;
  const details = {
    deviceName: text('device_name'),
    serialNumber: text('serial_number'),
    manufacturer: text('manufacturer'),
    modality: text('modality'),
    site: text('site'),
  };
  return { kind: 'register', details, parameter: parameter ?? undefined };
}

const isStatus = (value: unknown): value is DeviceStatus => STATUSES.some((status) => status === value);

function readUpdate({ status, data, task_id, user_access_token }: Members): DeviceFrame {
  if (!isStatus(status)) return invalid(`Invalid status: ${typeof status === 'string' ? shown(status) : 'none'}`);
  if (!isNothing(task_id) && !isID(task_id)) return invalid(NO_ID);
  if (!isNothing(user_access_token) && typeof user_access_token !== 'string') {
    return invalid('/user_access_token has to be a string');
  }
  if (!isNothing(data) && !isMembers(data)) return invalid('/data has to be an object');
  const progress = readProgress(status, data?.progress);
  if (progress === 'none') return invalid('/data/progress has to be a number');
  const update = {
    status,
    progress,
    message: status === 'ERROR' ? readMessage(data?.error_message) : undefined,
    taskID: task_id ?? undefined,
    capability: user_access_token ?? undefined,
    isEmpty: isMembers(data) && Object.keys(data).length === 0,
  };
  return { kind: 'update', update };
}

/** Cut to an integer of 0 to 100; who has failed or gone has no progress to tell. */
function readProgress(status: DeviceStatus, progress: unknown): number | undefined | 'none' {
  if (isNothing(progress) || status === 'ERROR' || status === 'OFFLINE') return undefined;
  if (typeof progress !== 'number' || !Number.isFinite(progress)) return 'none';
  return Math.min(Math.max(Math.trunc(progress), 0), 100);
}

const readMessage = (message: unknown): string =>
  typeof message === 'string' && message !== '' ? message.slice(0, MAX_MESSAGE) : 'The device gave no reason';

function readTransfer(frame: Members): DeviceFrame {
  const { task_id, user_access_token, filename, size_bytes, sha256, device_parameter } = frame;
  const taskID = isID(task_id) ? task_id : '';
  const fileName = typeof filename === 'string' ? filename : '';
  const bad = (reason: string): DeviceFrame => ({
    kind: 'badTransfer',
    reason,
    taskID,
    fileName: fileName.slice(0, MAX_NAME),
  });
  if (taskID === '') return bad(NO_ID);
  if (typeof user_access_token !== 'string') return bad('/user_access_token has to be a string');
  if (!isNothing(filename) && typeof filename !== 'string') return bad('/filename has to be a string');
  if (fileName.length > MAX_NAME) return bad(`/filename has more than ${MAX_NAME} characters`);
  if (typeof size_bytes !== 'number' || !Number.isSafeInteger(size_bytes) || size_bytes < 0) {
    return bad('/size_bytes has to be an integer that is not negative');
  }
  if (!isNothing(sha256) && !isDigest(sha256)) return bad('/sha256 has to be 64 hexadecimal digits');
  if (!isNothing(device_parameter) && !isMembers(device_parameter)) return bad('/device_parameter has to be an object');
  const header = {
    taskID,
    capability: user_access_token,
    fileName: isNothing(filename) ? 'upload.bin' : fileName,
    size: size_bytes,
    sha256: sha256?.toLowerCase(),
    parameter: device_parameter ?? undefined,
  };
  return { kind: 'transfer', header };
}

const isDigest = (value: unknown): value is string => typeof value === 'string' && DIGEST.test(value);
