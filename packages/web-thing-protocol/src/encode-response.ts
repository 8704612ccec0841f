import type { Answer, InvocationStatus, Operation, ThingError } from '@thingwright/core';
import { asciiJson } from './ascii-json.js';
import type { RequestEnvelope } from './decode-request.js';
import { toProblem } from './problem.js';
import { timestampOf } from './timestamp.js';

/** What a response needs besides the answer. */
export interface ResponseOptions {
  /** The Thing concerned, as the response names it. */
  readonly thingID: string;
  /** A new UUIDv4. */
  readonly messageID: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Without our extension members. */
  readonly strict: boolean;
}

/** The part that all responses to one kind of request share up to its own members. */
function opening(request: RequestEnvelope, { thingID, messageID }: ResponseOptions): string {
  const start = `{"thingID":${asciiJson(thingID)},"messageID":"${messageID}","messageType":"response"`;
  return request.op === undefined ? start : `${start},"operation":${asciiJson(request.op)}`;
}

function ending(request: RequestEnvelope, timestamp: string): string {
  const time = timestamp === '' ? '' : `,"timestamp":"${timestamp}"`;
  return request.correlationID === undefined
    ? `${time}}`
    : `${time},"correlationID":${asciiJson(request.correlationID)}}`;
}

/** Writes the answer to a request, in ASCII (sections 5 to 7 of the draft; exactly the members of its tables). */
export function encodeResponse(
  request: RequestEnvelope,
  { operation, answer }: { readonly operation: Operation; readonly answer: Answer },
  options: ResponseOptions,
): string {
  return (
    opening(request, options) +
    ownMembers(operation, answer, options.strict) +
    ending(request, timeOf(operation, answer, options.now))
  );
}

function timeOf(operation: Operation, answer: Answer, now: number): string {
  switch (operation.op) {
    case 'observeproperty':
    case 'unobserveproperty':
    case 'observeallproperties':
    case 'unobserveallproperties':
    case 'subscribeevent':
    case 'unsubscribeevent':
    case 'subscribeallevents':
    case 'unsubscribeallevents':
      return '';
    default:
      return answer.time === undefined ? timestampOf(now) : `${answer.time.slice(0, 23)}Z`;
  }
}

function ownMembers(operation: Operation, answer: Answer, strict: boolean): string {
  switch (operation.op) {
    case 'readproperty':
      return `,"name":${asciiJson(operation.name)},"value":${asciiJson(answer.value)}`;
    case 'writeproperty':
      return `,"name":${asciiJson(operation.name)}${optional('value', answer.value)}`;
    case 'readallproperties':
    case 'readmultipleproperties':
    case 'writeallproperties':
    case 'writemultipleproperties':
      return `,"values":${asciiJson(answer.values ?? {})}`;
    case 'observeproperty':
    case 'subscribeevent':
      return `,"name":${asciiJson(operation.name)}${resumption(answer, strict)}`;
    case 'observeallproperties':
    case 'subscribeallevents':
      return resumption(answer, strict);
    case 'unobserveproperty':
    case 'unsubscribeevent':
      return `,"name":${asciiJson(operation.name)}`;
    case 'unobserveallproperties':
    case 'unsubscribeallevents':
      return '';
    case 'invokeaction':
      return `,"name":${asciiJson(operation.name)}${invoked(answer, strict)}`;
    case 'queryaction':
      return answer.status
        ? `,"name":${asciiJson(answer.status.action)},"status":${asciiJson(toActionStatus(answer.status, strict))}`
        : '';
    case 'cancelaction':
      return `,"actionID":${asciiJson(operation.actionID)}`;
    case 'queryallactions':
      return `,"statuses":${asciiJson(statuses(answer, strict))}`;
  }
}

const optional = (member: string, value: unknown): string =>
  value === undefined ? '' : `,"${member}":${asciiJson(value)}`;

const resumption = ({ resume }: Answer, strict: boolean): string =>
  resume === undefined || strict ? '' : `,"resume":"${resume}"`;

function invoked({ status, output }: Answer, strict: boolean): string {
  return status ? `,"status":${asciiJson(toActionStatus(status, strict))}` : optional('output', output);
}

function statuses(answer: Answer, strict: boolean): object {
  const byName = Object.entries(answer.statuses ?? {});
  return Object.fromEntries(byName.map(([name, all]) => [name, all.map((status) => toActionStatus(status, strict))]));
}

/** Writes how an invocation stands as the draft's ActionStatus: `actionID`, `state`, Problem Details in `error`. */
export function toActionStatus(status: InvocationStatus, strict: boolean): object {
  const { actionID, state, output, error, timeRequested, timeEnded } = status;
  return {
    actionID,
    state,
    ...(output === undefined ? {} : { output }),
    ...(error ? { error: toProblem(error, strict) } : {}),
    timeRequested,
    ...(timeEnded === undefined ? {} : { timeEnded }),
  };
}

/** Writes a failure as the response to a request, in ASCII; bulk operations carry what succeeded in `values`. */
export function encodeError(request: RequestEnvelope, error: ThingError, options: ResponseOptions): string {
  const { name, actionID } = request;
  return (
    opening(request, options) +
    optional('name', name) +
    optional('actionID', actionID) +
    `,"error":${asciiJson(toProblem(error, options.strict))}` +
    optional('values', error.values) +
    ending(request, timestampOf(options.now))
  );
}
