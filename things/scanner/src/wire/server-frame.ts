import { isMembers, type Members, parseJSON } from '@thingwright/core';

/** What a scan starts with, as far as a device reads it. */
export interface Start {
  readonly taskID: string;
  readonly capability: string;
  readonly parameter: Members;
  readonly sequence: { readonly id: string; readonly name: string; readonly text: string };
  /** Absent: the safety limits were not given. */
  readonly limits: Members | undefined;
}

/** What a frame of the server turned out to be. */
export type ServerFrame =
  | { readonly kind: 'start'; readonly start: Start }
  /** `code`, `taskID` and `resultID` are empty where the server does not say them. */
  | {
      readonly kind: 'feedback';
      readonly message: string;
      readonly code: string;
      readonly taskID: string;
      readonly resultID: string;
    }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'pong' }
  | { readonly kind: 'cancel'; readonly taskID: string }
  | { readonly kind: 'unknown'; readonly command: string }
  /** What makes a device of either generation dial anew. */
  | { readonly kind: 'invalid'; readonly reason: string };

const invalid = (reason: string): ServerFrame => ({ kind: 'invalid', reason });
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Decodes a frame of the server as a device does: as strict as the devices that exist; never throws. */
export function decodeServerFrame(bytes: Buffer, isBinary: boolean): ServerFrame {
  if (isBinary) return invalid('a binary frame');
  const frame = parseJSON(bytes.toString());
  if (!isMembers(frame)) return invalid('not one JSON object');
  switch (frame.command) {
    case 'start':
      return readStart(frame.data);
    case 'feedback': {
      const { message, code, task_id, result_id } = frame;
      return {
        kind: 'feedback',
        message: textOf(message),
        code: textOf(code),
        taskID: textOf(task_id),
        resultID: textOf(result_id),
      };
    }
    case 'pong':
      return { kind: 'pong' };
    case 'cancel':
      return { kind: 'cancel', taskID: isMembers(frame.data) ? textOf(frame.data.task_id) : '' };
    case undefined:
      return { kind: 'error', message: textOf(frame.message) };
    default:
      return { kind: 'unknown', command: textOf(frame.command) };
  }
}

/** The members that a device of the first generation demands, and of which type; it is the stricter one. */
const REQUIRED = {
  name: 'string',
  description: 'string',
  task_type: 'string',
  destination: 'string',
  status: 'string',
  progress: 'number',
  is_template: 'boolean',
  id: 'string',
  creator: 'string',
  datetime_created: 'string',
  access_token: 'string',
  sequence_id: 'string',
} as const;
const REQUIRED_OF_SEQUENCE = ['_id', 'name', 'description', 'sequence_type', 'created_at'] as const;

function readStart(data: unknown): ServerFrame {
  if (!isMembers(data)) return invalid('/data has to be an object');
  for (const [key, type] of Object.entries(REQUIRED)) {
    if (typeof data[key] !== type) return invalid(`/data/${key} has to be a ${type}`);
  }
  if (!Array.isArray(data.results)) return invalid('/data/results has to be an array');
  const { sequence, device_parameter, acquisition_parameter, acquisition_limits } = data;
  if (!isMembers(device_parameter)) return invalid('/data/device_parameter has to be an object');
  if (!isMembers(acquisition_parameter)) return invalid('/data/acquisition_parameter has to be an object');
  if (!isMembers(sequence)) return invalid('/data/sequence has to be an object');
  if ('id' in sequence) return invalid('/data/sequence/id is not known: it is called _id');
  for (const key of REQUIRED_OF_SEQUENCE) {
    if (typeof sequence[key] !== 'string') return invalid(`/data/sequence/${key} has to be a string`);
  }
  const start = {
    taskID: textOf(data.id),
    capability: textOf(data.access_token),
    parameter: device_parameter,
    sequence: { id: textOf(sequence._id), name: textOf(sequence.name), text: textOf(sequence.seq_file) },
    limits: isMembers(acquisition_limits) ? acquisition_limits : undefined,
  };
  return { kind: 'start', start };
}
