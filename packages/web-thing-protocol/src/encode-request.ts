import type { Operation, TraceContext } from '@thingwright/core';
import { traceMembers } from './trace-members.js';

/** Who a request is for, and the ids that its answer will be known by. */
export interface RequestAddress {
  readonly thingID: string;
  /** A new UUIDv4. */
  readonly messageID: string;
  /** A new UUIDv4; the response and all notifications of the request repeat it. */
  readonly correlationID: string;
  /** Where the request belongs among those of other programs; an extension. Absent: it does not say. */
  readonly trace?: TraceContext | undefined;
}

/**
 * Writes a request. URI variables have no place on this wire and are left out, and so is the action's name in queryaction and
 * cancelaction (A11).
 */
export function encodeRequest(operation: Operation, address: RequestAddress): string {
  const { thingID, messageID, correlationID, trace } = address;
  const { op, ...members } = operation;
  const own = 'actionID' in members ? { actionID: members.actionID } : { ...members, uriVariables: undefined };
  const extension = trace && traceMembers(trace);
  return JSON.stringify({
    thingID,
    messageID,
    messageType: 'request',
    operation: op,
    ...own,
    correlationID,
    ...extension,
  });
}
