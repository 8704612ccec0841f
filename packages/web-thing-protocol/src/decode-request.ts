import {
  isMembers,
  type Members,
  OPERATION_NAMES,
  type Operation,
  type OperationName,
  parseJSON,
  ThingError,
  type TraceContext,
} from '@thingwright/core';
import { textOf } from './members.js';
import { traceOf } from './trace-members.js';

/** What a Thing could read of a frame: enough to answer it, and its operation or why there is none. */
export interface RequestEnvelope {
  readonly thingID: string | undefined;
  /** As received, known or not. */
  readonly op: string | undefined;
  readonly name: string | undefined;
  readonly actionID: string | undefined;
  readonly correlationID: string | undefined;
  readonly operation: Operation | undefined;
  /** Set where there is no operation: the fault of the message, code `invalid`. */
  readonly error: ThingError | undefined;
  /** Where it belongs among the requests of other programs, as it says. */
  readonly trace: TraceContext | undefined;
}

const NAMES: ReadonlySet<string> = new Set(OPERATION_NAMES);
const isOperationName = (value: unknown): value is OperationName => typeof value === 'string' && NAMES.has(value);

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const MAX_ID = 256;

/**
 * Reads a request (Web Thing Protocol, sections 4 to 7). Never throws: what is wrong with a frame is in `error`. In `strict`
 * mode messageID and correlationID have to be UUIDs of version 4, else any string of at most 256 characters will do.
 */
export function decodeRequest(text: string, strict = false): RequestEnvelope {
  const message = parseJSON(text);
  if (!isMembers(message)) return unreadable('The frame is not a JSON object of at most 500 levels');
  const { thingID, operation: op, name, actionID, correlationID } = message;
  let operation: Operation | undefined;
  let error: ThingError | undefined;
  const fault = envelopeFault(message, strict);
  if (fault !== undefined) {
    error = invalid(fault);
  } else if (isOperationName(op)) {
    const read = readOperation(op, message);
    if (typeof read === 'string') error = invalid(`${op}: ${read}`);
    else operation = read;
  }
  return {
    thingID: textOf(thingID),
    op: textOf(op),
    name: textOf(name),
    actionID: textOf(actionID),
    correlationID: isID(correlationID, false) ? correlationID : undefined,
    operation,
    error,
    trace: strict ? undefined : traceOf(message),
  };
}

const invalid = (detail: string): ThingError => new ThingError('invalid', detail);

const unreadable = (detail: string): RequestEnvelope => ({
  thingID: undefined,
  op: undefined,
  name: undefined,
  actionID: undefined,
  correlationID: undefined,
  operation: undefined,
  error: invalid(detail),
  trace: undefined,
});

const isID = (value: unknown, strict: boolean): value is string =>
  typeof value === 'string' && value.length <= MAX_ID && (!strict || UUID_V4.test(value));

function envelopeFault(message: Members, strict: boolean): string | undefined {
  const { thingID, messageID, messageType, operation, correlationID } = message;
  if (typeof thingID !== 'string') return 'The member thingID is missing or no string';
  if (messageID === undefined) return 'The member messageID is missing';
  if (!isID(messageID, strict)) return 'The member messageID is no UUID';
  if (messageType !== 'request') return 'The member messageType has to be "request"';
  if (typeof operation !== 'string') return 'The member operation is missing or no string';
  if (!isOperationName(operation)) return `There is no operation '${operation.slice(0, 64)}'`;
  if (correlationID !== undefined && !isID(correlationID, strict)) {
    return 'The member correlationID is no string of at most 256 characters that holds a UUID';
  }
  return undefined;
}

/** Reads the members that belong to an operation; a text tells what is wrong with them. */
function readOperation(op: OperationName, message: Members): Operation | string {
  const { name, value, values, names, input, actionID, lastNotificationID } = message;
  if (lastNotificationID !== undefined && !isID(lastNotificationID, false)) return 'lastNotificationID is no UUID';
  switch (op) {
    case 'readproperty':
    case 'unobserveproperty':
    case 'unsubscribeevent':
      return typeof name === 'string' ? { op, name } : NO_NAME;
    case 'writeproperty':
      if (typeof name !== 'string') return NO_NAME;
      return value === undefined ? 'The member value is missing' : { op, name, value };
    case 'observeproperty':
    case 'subscribeevent':
      if (typeof name !== 'string') return NO_NAME;
      return lastNotificationID === undefined ? { op, name } : { op, name, lastNotificationID };
    case 'observeallproperties':
    case 'subscribeallevents':
      return lastNotificationID === undefined ? { op } : { op, lastNotificationID };
    case 'readallproperties':
    case 'unobserveallproperties':
    case 'unsubscribeallevents':
    case 'queryallactions':
      return { op };
    case 'readmultipleproperties':
      if (!Array.isArray(names)) return 'The member names is missing or no array';
      return names.every((item) => typeof item === 'string')
        ? { op, names }
        : 'The member names holds other than strings';
    case 'writeallproperties':
    case 'writemultipleproperties':
      return isMembers(values) ? { op, values } : 'The member values is missing or no object';
    case 'invokeaction':
      if (typeof name !== 'string') return NO_NAME;
      return input === undefined ? { op, name } : { op, name, input };
    case 'queryaction':
    case 'cancelaction': {
      if (typeof actionID !== 'string') return 'The member actionID is missing or no string';
      return typeof name === 'string' ? { op, actionID, name } : { op, actionID };
    }
  }
}

const NO_NAME = 'The member name is missing or no string';
