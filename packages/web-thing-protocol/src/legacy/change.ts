import type { Notification } from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { CONFLATED } from './extensions.js';

/**
 * Time of an event: milliseconds, and microseconds only where they tell two events of one millisecond apart, so that it is
 * unique in its Thing (W11: clients drop a second event of the same name and time).
 */
export const eventTime = (time: string): string =>
  time.length === 27 && time.endsWith('000Z') ? `${time.slice(0, 23)}Z` : time;

/** The start of a message: its type, and in WebThings the Thing. */
export const opening = (messageType: string, thing: string | undefined): string =>
  thing === undefined ? `{"messageType":"${messageType}"` : `{"messageType":"${messageType}","id":${asciiJson(thing)}`;

/**
 * Writes a `propertyStatus` message, in ASCII; `thing` is the name of the Thing in WebThings, undefined in LabThings. The text
 * is the same for all readers of a dialect: encode it once a change.
 */
export function encodePropertyStatus(change: Pick<Notification, 'name' | 'value'>, thing?: string): string {
  return `${opening('propertyStatus', thing)},"data":{${asciiJson(change.name)}:${asciiJson(change.value)}}}`;
}

/**
 * Writes an `event` message, in ASCII; `thing` as in {@link encodePropertyStatus}. Without payload `data` is null, as the WebThings
 * gateway has it. Encode it once an event.
 */
export function encodeEvent(
  { name, value, time }: Pick<Notification, 'name' | 'value' | 'time'>,
  thing?: string,
): string {
  const entry = `{"data":${asciiJson(value)},"timestamp":${asciiJson(eventTime(time))}}`;
  return `${opening('event', thing)},"data":{${asciiJson(name)}:${entry}}}`;
}

/** The `propertyStatus` of a slow reader: the latest one, and how many changes it stands for (X6; not in strict mode). */
export const withConflated = (text: string, changes: number): string =>
  `${text.slice(0, -1)},"${CONFLATED}":${changes}}`;

/** An event as an entry of WebThings' lists of past events. */
export function toEventRecord({ name, value, time }: Pick<Notification, 'name' | 'value' | 'time'>): object {
  return Object.fromEntries([[name, { data: value === undefined ? null : value, timestamp: eventTime(time) }]]);
}
