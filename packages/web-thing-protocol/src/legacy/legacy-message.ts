import { isMembers, type Members, type ThingError } from '@thingwright/core';
import { textOf } from '../members.js';
import { CONFLATED } from './extensions.js';
import type { Instruction, InstructionName } from './instruction.js';
import type { ReportedRun } from './run.js';

/** Properties changed, or are told at the beginning; LabThings and both WebThings servers send one a message. */
export interface PropertiesMessage {
  readonly type: 'properties';
  /** WebThings: the `id`, if there is one. */
  readonly thing: string | undefined;
  readonly changes: readonly { readonly name: string; readonly value: unknown }[];
  /** How many changes this one stands for, if it is more than one. */
  readonly conflated: number | undefined;
}

/** Events occurred. */
export interface EventsMessage {
  readonly type: 'events';
  readonly thing: string | undefined;
  /** `time` as received, `''` where there is none. */
  readonly occurrences: readonly { readonly name: string; readonly data: unknown; readonly time: string }[];
}

/** Runs of actions go on. */
export interface ActionsMessage {
  readonly type: 'actions';
  readonly thing: string | undefined;
  readonly runs: readonly ReportedRun[];
}

/** Something asked for failed. */
export interface ErrorMessage {
  readonly type: 'error';
  readonly thing: string | undefined;
  readonly error: ThingError;
  /** LabThings: what failed, as far as it says. */
  readonly op: InstructionName | undefined;
  readonly name: string | undefined;
  /** WebThings: what was asked for, if the error repeats it; nothing else ties it to its request (W7). */
  readonly request: readonly Instruction[];
}

/** WebThings: the link of a device came or went. */
export interface ConnectedMessage {
  readonly type: 'connected';
  readonly thing: string | undefined;
  readonly connected: boolean;
}

/** WebThings: a Thing was added, its description changed, or it was removed. */
export interface ThingMessage {
  readonly type: 'thing';
  readonly thing: string | undefined;
  readonly change: 'added' | 'modified' | 'removed';
}

/** A message that asks nothing of us, known (`layoutModified`) or not. */
export interface IgnoredMessage {
  readonly type: 'ignored';
  readonly messageType: string;
}

/** A frame that is no message; `reason` says why. */
export interface UnusableFrame {
  readonly type: 'unusable';
  readonly reason: string;
}

/** What a server of an older dialect may say. */
export type LegacyMessage =
  | PropertiesMessage
  | EventsMessage
  | ActionsMessage
  | ErrorMessage
  | ConnectedMessage
  | ThingMessage
  | IgnoredMessage
  | UnusableFrame;

/** A frame that nothing can be made of. */
export const unusable = (reason: string): UnusableFrame => ({ type: 'unusable', reason });

/** Reads the message of a `propertyStatus`. */
export function readPropertyStatus(message: Members, thing: string | undefined): PropertiesMessage | UnusableFrame {
  const { data } = message;
  if (!isMembers(data)) return unusable('A propertyStatus without data');
  const conflated = message[CONFLATED];
  return {
    type: 'properties',
    thing,
    changes: Object.entries(data).map(([name, value]) => ({ name, value })),
    conflated: typeof conflated === 'number' && conflated > 1 ? conflated : undefined,
  };
}

/** Reads the message of an `event`; an entry that is no object is taken for the payload itself. */
export function readEvent({ data }: Members, thing: string | undefined): EventsMessage | UnusableFrame {
  if (!isMembers(data)) return unusable('An event without data');
  const occurrences = Object.entries(data).map(([name, entry]) =>
    isMembers(entry)
      ? { name, data: entry.data, time: textOf(entry.timestamp) ?? '' }
      : { name, data: entry, time: '' },
  );
  return { type: 'events', thing, occurrences };
}
