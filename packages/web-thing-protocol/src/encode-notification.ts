import { type Notification, ThingError } from '@thingwright/core';
import { asciiJson, jsonInASCII } from './ascii-json.js';
import { toProblem } from './problem.js';
import { timestampOf } from './timestamp.js';

/**
 * Writes what all readers of a change share, in ASCII: everything but the end of the message, which is each reader's own
 * ({@link notificationTail}). Encode it once a change.
 */
export function notificationHead(notification: Notification): string {
  const { thing, id, kind, name, value, json, time } = notification;
  const text = json === undefined ? asciiJson(value) : jsonInASCII(json);
  const payload = value === undefined ? '' : `,"${kind === 'property' ? 'value' : 'data'}":${text}`;
  return inOnePiece([
    `{"thingID":${asciiJson(thing)},"messageID":"`,
    id,
    `","messageType":"notification","name":${asciiJson(name)}`,
    payload,
    ',"timestamp":"',
    time.slice(0, 23),
    'Z"',
  ]);
}

/** Writes a reader's end of every notification of one subscription, in ASCII: its operation and its correlationID. */
export function notificationTail(operation: string, correlationID: string | undefined): string {
  const end = correlationID === undefined ? '}' : `,"correlationID":${asciiJson(correlationID)}}`;
  return inOnePiece([',"operation":"', operation, '"', end]);
}

/** Joins what many messages will have in common: a string that was added up is a tree, to be walked once a message. */
const inOnePiece = (parts: readonly string[]): string => parts.join('');

/** The extension member that says how many changes a slow reader's notification stands for; between head and tail. */
export const conflatedMember = (changes: number): string => `,"conflated":${changes}`;

/**
 * Writes that subscriptions have ended because their Thing is gone, in ASCII, up to the reader's tail: an error in answer to
 * the request that opened them. The draft has no word for it; this is our extension.
 */
export function removalHead(
  thingID: string,
  { messageID, now }: { readonly messageID: string; readonly now: number },
): string {
  const problem = toProblem(new ThingError('notFound', 'The Thing was removed'), false);
  const start = `{"thingID":${asciiJson(thingID)},"messageID":"${messageID}","messageType":"response"`;
  return `${start},"error":${asciiJson(problem)},"timestamp":"${timestampOf(now)}"`;
}
