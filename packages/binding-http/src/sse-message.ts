import type { Notification } from '@thingwright/core';

/**
 * A notification as a message of an event stream (HTML Standard, section 9.2.5): its affordance is the event, its time the id.
 * Without a payload the `data` line is there and empty, or EventSource would drop the message.
 */
export function toSseMessage({ name, time, value }: Notification): string {
  const json = value === undefined ? '' : JSON.stringify(value);
  return `event: ${name}\nid: ${time}\ndata: ${json}\n\n`;
}

/** A comment line; without a blank line after it, so that no client takes it for an event of its own. */
export const toSseComment = (text: string): string => (text === '' ? ':\n' : `: ${text}\n`);
