import { isMembers, type Members, parseJSON, ThingError } from '@thingwright/core';
import { ownMember, textOf } from '../members.js';
import { fromProblem } from '../problem.js';
import { ERROR_TYPE_PREFIX } from '../provisional.js';
import { INVOCATION_HREF, INVOCATION_ID } from './extensions.js';
import type { InstructionName } from './instruction.js';
import {
  type ActionsMessage,
  type ErrorMessage,
  type LegacyMessage,
  readEvent,
  readPropertyStatus,
  type UnusableFrame,
  unusable,
} from './legacy-message.js';
import { fromLabThingsWord, lastSegment } from './run.js';

/** Reads what a LabThings server sent, ours or the original. Never throws. */
export function decodeLabThingsMessage(text: string): LegacyMessage {
  const message = parseJSON(text);
  if (message === undefined) return unusable('The frame is not JSON');
  if (!isMembers(message)) return unusable('The frame is not a JSON object');
  switch (message.messageType) {
    case 'propertyStatus':
      return readPropertyStatus(message, undefined);
    case 'event':
      return readEvent(message, undefined);
    case 'actionStatus':
      return readActionStatus(message);
    case 'response':
      return readResponse(message);
    default:
      return typeof message.messageType === 'string'
        ? { type: 'ignored', messageType: message.messageType }
        : unusable('The member messageType is missing or no string');
  }
}

function readActionStatus({ data }: Members): ActionsMessage | UnusableFrame {
  if (!isMembers(data)) return unusable('An actionStatus without data');
  const action = textOf(data['action name']);
  if (action === undefined) return unusable('An actionStatus that names no action');
  const href = textOf(ownMember(data, INVOCATION_HREF));
  const run = {
    action,
    state: fromLabThingsWord(data.status, { ended: false, failed: false }),
    word: textOf(data.status),
    actionID: textOf(ownMember(data, INVOCATION_ID)) ?? lastSegment(href ?? ''),
    href,
    input: undefined,
    output: undefined,
    progress: undefined,
    error: undefined,
    timeRequested: undefined,
    timeEnded: undefined,
  };
  return { type: 'actions', thing: undefined, runs: [run] };
}

const OPS: ReadonlySet<unknown> = new Set<InstructionName>([
  'observeproperty',
  'unobserveproperty',
  'observeaction',
  'unobserveaction',
  'subscribeevent',
  'unsubscribeevent',
]);
const isOp = (value: unknown): value is InstructionName => OPS.has(value);

function readResponse(message: Members): ErrorMessage | UnusableFrame {
  const { operation, name, error } = message;
  if (!isMembers(error)) return unusable('A response without an error');
  return {
    type: 'error',
    thing: undefined,
    error: readError(error),
    op: isOp(operation) ? operation : undefined,
    name: textOf(name),
    request: [],
  };
}

/** 403 is told apart: what cannot be observed can still be polled, what is forbidden cannot. */
function readError(error: Members): ThingError {
  const read = fromProblem(error);
  return error.type === `${ERROR_TYPE_PREFIX}not-observable` ? new ThingError('notAllowed', read.detail) : read;
}
