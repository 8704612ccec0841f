import { type ErrorCode, isMembers, type Members, ThingError } from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { textOf } from '../members.js';
import { fromProblem } from '../problem.js';
import { opening } from './change.js';
import type { Instruction, LegacyRequest, RequestPart } from './instruction.js';

/** What a WebThings error says: one of the statuses of this dialect, and a text for a person. */
export interface WebThingsFailure {
  readonly code: 400 | 403 | 404 | 409 | 500 | 503;
  readonly message: string;
}

const PHRASES: Readonly<Record<WebThingsFailure['code'], string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Never 404: the gateway's page takes it for "Thing removed" (W9). */
function statusOf(code: ErrorCode): WebThingsFailure['code'] {
  switch (code) {
    case 'unauthenticated':
    case 'forbidden':
      return 403;
    case 'conflict':
    case 'aborted':
      return 409;
    case 'failed':
    case 'protocol':
      return 500;
    case 'tooMany':
    case 'unavailable':
    case 'timeout':
    case 'disconnected':
      return 503;
    case 'invalid':
    case 'notFound':
    case 'notAllowed':
    case 'notAcceptable':
    case 'tooLarge':
    case 'unsupportedMedia':
      return 400;
  }
}

/** The failure of a request for a socket of all Things that names none. */
export const MISSING_THING_ID: WebThingsFailure = { code: 400, message: 'Missing thing id' };

/** The failure of a message to a Thing that is not there, or of a path (404, then the socket is closed). */
export const thingNotFound = (thing: string, code: 400 | 404): WebThingsFailure => ({
  code,
  message: `Thing ${thing} not found`,
});

/**
 * The failure of a frame, or of one instruction of it, in the words of the original servers where they have some; ours follow
 * after a colon, but in strict mode.
 */
export function toWebThingsFailure(
  error: ThingError,
  { instruction, strict }: { readonly instruction?: Instruction | undefined; readonly strict: boolean },
): WebThingsFailure {
  const theirs = instruction && wordsFor(instruction, error);
  const message =
    theirs === undefined ? error.detail : theirs.whole || strict ? theirs.text : `${theirs.text}: ${error.detail}`;
  return { code: statusOf(error.code), message };
}

/** What the originals say, and whether that says it all. */
interface Words {
  readonly text: string;
  readonly whole: boolean;
}

function wordsFor({ op, name }: Instruction, { code, faults }: ThingError): Words | undefined {
  const isProperty = op === 'writeproperty';
  if (code === 'notFound' && isProperty) return { text: `Property "${name}" not found`, whole: true };
  if (code === 'notFound' && op === 'invokeaction')
    return { text: `Invalid thing action name: "${name}"`, whole: true };
  if (code === 'notAllowed' && isProperty) return { text: 'Read-only property', whole: true };
  if (code !== 'invalid' || !faults) return undefined;
  if (isProperty) return { text: 'Invalid property value', whole: false };
  return op === 'invokeaction' ? { text: 'Invalid action request', whole: false } : undefined;
}

/** What an error repeats and about which Thing it is. */
export interface ErrorOrigin {
  /** The name of the Thing, if it is known. */
  readonly thing?: string | undefined;
  /** The request, if it was an object. */
  readonly request?: Members | undefined;
}

/** Writes an `error` message, in ASCII. */
export function encodeWebThingsError(
  { code, message }: WebThingsFailure,
  { thing, request }: ErrorOrigin = {},
): string {
  const repeated = request === undefined ? '' : `,"request":${asciiJson(request)}`;
  const data = `{"code":${code},"status":"${code} ${PHRASES[code]}","message":${asciiJson(message)}${repeated}}`;
  return `${opening('error', thing)},"data":${data}}`;
}

/**
 * What the error about one name of a request repeats: the request where it has one name, else as if it had that one only. So it
 * says which name is meant, and a long request is not repeated for each of its names.
 */
export function requestOf({ message, parts, thing }: LegacyRequest, { name }: RequestPart): Members | undefined {
  if (!message || parts.length <= 1) return message;
  const { messageType, data } = message;
  const entry = isMembers(data) ? data[name] : undefined;
  return { messageType, ...(thing === undefined ? {} : { id: thing }), data: Object.fromEntries([[name, entry]]) };
}

/** Reads the `data` of a WebThings server's error: with or without `code`, with any `message`. */
export function readWebThingsError(data: unknown): ThingError {
  if (!isMembers(data)) return new ThingError('protocol', 'The peer sent an error without data');
  const { code, status, message } = data;
  const number = [code, status].map(leadingNumber).find((one) => one !== undefined);
  const detail = textOf(message) ?? (message === undefined ? textOf(status) : asciiJson(message));
  return fromProblem({ status: number ?? 500, detail });
}

function leadingNumber(value: unknown): number | undefined {
  const digits = /^\s*([1-5]\d\d)\b/.exec(typeof value === 'number' ? String(value) : (textOf(value) ?? ''))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
