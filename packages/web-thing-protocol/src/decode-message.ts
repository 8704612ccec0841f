import {
  type Answer,
  type InvocationStatus,
  isMembers,
  type Members,
  type Notification,
  parseJSON,
  type ThingError,
} from '@thingwright/core';
import { textOf } from './members.js';
import { fromProblem } from './problem.js';

/** A response as a Consumer reads it. */
export interface ResponseMessage {
  readonly type: 'response';
  readonly thingID: string | undefined;
  readonly correlationID: string | undefined;
  /** What came of the request; empty where there is an `error`. */
  readonly answer: Answer;
  readonly error: ThingError | undefined;
}

/** A notification as a Consumer reads it. */
export interface NotificationMessage {
  readonly type: 'notification';
  readonly correlationID: string | undefined;
  readonly notification: Notification;
}

/** A frame that is neither; `reason` says why. */
export interface UnusableMessage {
  readonly type: 'unusable';
  readonly reason: string;
}

/**
 * Reads what a Thing sent, tolerating what the draft leaves open (A01 to A08 of the reference): `event` as messageType,
 * `subscribeproperty`, `value` in place of `data`, a string `status` in place of `state`. Never throws.
 */
export function decodeMessage(text: string): ResponseMessage | NotificationMessage | UnusableMessage {
  const message = parseJSON(text);
  if (!isMembers(message)) return { type: 'unusable', reason: 'The frame is not a JSON object' };
  switch (message.messageType) {
    case 'response':
      return readResponse(message);
    case 'notification':
    case 'event':
      return readNotification(message);
    default:
      return { type: 'unusable', reason: 'The member messageType is neither response nor notification' };
  }
}

function readResponse(message: Members): ResponseMessage {
  const { thingID, correlationID, error, values } = message;
  const failed = Object.hasOwn(message, 'error');
  return {
    type: 'response',
    thingID: textOf(thingID),
    correlationID: textOf(correlationID),
    answer: failed ? {} : readAnswer(message),
    error: failed ? fromProblem(error, isMembers(values) ? values : undefined) : undefined,
  };
}

function readAnswer(message: Members): Answer {
  const { value, values, output, status, statuses, resume, timestamp, name, actionID } = message;
  const action = textOf(name) ?? '';
  return {
    ...(value === undefined ? {} : { value }),
    ...(isMembers(values) ? { values } : {}),
    ...(output === undefined ? {} : { output }),
    ...(isMembers(status) ? { status: decodeActionStatus(status, action, textOf(actionID)) } : {}),
    ...(isMembers(statuses) ? { statuses: readStatuses(statuses) } : {}),
    ...(resume === 'complete' || resume === 'gap' ? { resume } : {}),
    ...(typeof timestamp === 'string' ? { time: timestamp } : {}),
  };
}

function readStatuses(statuses: Members): NonNullable<Answer['statuses']> {
  const read = Object.entries(statuses).map(([action, all]) => [
    action,
    Array.isArray(all) ? all.filter(isMembers).map((status) => decodeActionStatus(status, action, undefined)) : [],
  ]);
  return Object.fromEntries(read);
}

const STATES = ['pending', 'running', 'completed', 'failed'] as const;

/**
 * Reads an ActionStatus, of this protocol (`state`, `actionID`) or of the HTTP profile (`status`, P03). `requested` is the id to
 * take where it names none. What fails in it is in `error`.
 */
export function decodeActionStatus(status: Members, action: string, requested: string | undefined): InvocationStatus {
  const { output, error, timeRequested, timeEnded } = status;
  const claimed = [status.state, status.status];
  const state = STATES.find((known) => claimed.includes(known)) ?? (error === undefined ? 'running' : 'failed');
  const inError = isMembers(error) ? textOf(error.actionID) : undefined;
  const failure = error === undefined ? undefined : fromProblem(error);
  return {
    action,
    actionID: textOf(status.actionID) ?? inError ?? requested ?? '',
    state,
    ...(output === undefined ? {} : { output }),
    ...(failure
      ? { error: { code: failure.code, detail: failure.detail, ...(failure.faults ? { faults: failure.faults } : {}) } }
      : {}),
    timeRequested: textOf(timeRequested) ?? '',
    ...(typeof timeEnded === 'string' ? { timeEnded } : {}),
  };
}

/** The kind of affordance that a notification's operation speaks of. */
function kindOf(operation: unknown): Notification['kind'] | undefined {
  switch (operation) {
    case 'observeproperty':
    case 'observeallproperties':
      return 'property';
    case 'subscribeevent':
    case 'subscribeallevents':
    case 'subscribeproperty':
      return 'event';
    default:
      return undefined;
  }
}

function readNotification(message: Members): NotificationMessage | UnusableMessage {
  const { thingID, messageID, operation, name, timestamp, correlationID, conflated } = message;
  const kind = kindOf(operation);
  if (kind === undefined) return { type: 'unusable', reason: 'A notification of an unknown operation' };
  if (typeof thingID !== 'string' || typeof messageID !== 'string' || typeof name !== 'string') {
    return { type: 'unusable', reason: 'A notification lacks thingID, messageID or name' };
  }
  const value = kind === 'event' && Object.hasOwn(message, 'data') ? message.data : message.value;
  return {
    type: 'notification',
    correlationID: textOf(correlationID),
    notification: {
      id: messageID,
      thing: thingID,
      kind,
      name,
      value,
      time: textOf(timestamp) ?? '',
      ...(typeof conflated === 'number' ? { conflated } : {}),
    },
  };
}
