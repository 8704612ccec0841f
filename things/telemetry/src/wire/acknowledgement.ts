import type { Members } from '@thingwright/core';

/** What a device says of a command (T18). */
export interface Acknowledgement {
  readonly commandID: string;
  readonly status: 'accepted' | 'rejected' | 'done';
  /** Why it was rejected. */
  readonly error: string | undefined;
}

/** Tells an acknowledgement from telemetry: an object with `command_id` and without `battery`. */
export const isAcknowledgement = (frame: Members): boolean =>
  Object.hasOwn(frame, 'command_id') && !Object.hasOwn(frame, 'battery');

/** Reads an acknowledgement; what is wrong with it, as text, if it is none. */
export function readAcknowledgement({ command_id, status, error }: Members): Acknowledgement | string {
  if (typeof command_id !== 'string') return '/command_id must be string';
  if (status !== 'accepted' && status !== 'rejected' && status !== 'done') {
    return '/status must be accepted, rejected or done';
  }
  if (error !== undefined && typeof error !== 'string') return '/error must be string';
  return { commandID: command_id, status, error };
}
