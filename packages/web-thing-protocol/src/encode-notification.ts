import type { Notification } from '@thingwright/core';
import { asciiJson } from './ascii-json.js';

/**
 * Writes what all readers of a change share, in ASCII: everything but the end of the message, which is each reader's own
 * ({@link notificationTail}). Encode it once a change.
 */
export function notificationHead(notification: Notification): string {
  const { thing, id, kind, name, value, time } = notification;
  const payload = value === undefined ? '' : `,"${kind === 'property' ? 'value' : 'data'}":${asciiJson(value)}`;
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
