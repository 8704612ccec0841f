import type { Operation } from '@thingwright/core';

/** Who a request is for, and the ids that its answer will be known by. */
export interface RequestAddress {
  readonly thingID: string;
  /** A new UUIDv4. */
  readonly messageID: string;
  /** A new UUIDv4; the response and all notifications of the request repeat it. */
  readonly correlationID: string;
}

/**
 * Writes a request. URI variables have no place on this wire and are left out, and so is the action's name in queryaction and
 * cancelaction (A11).
 */
export function encodeRequest(operation: Operation, { thingID, messageID, correlationID }: RequestAddress): string {
  const { op, ...members } = operation;
  const own = 'actionID' in members ? { actionID: members.actionID } : { ...members, uriVariables: undefined };
  return JSON.stringify({ thingID, messageID, messageType: 'request', operation: op, ...own, correlationID });
}
