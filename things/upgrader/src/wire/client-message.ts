import { isMembers, parseJSON } from '@thingwright/core';

/** Which object an endpoint is about: the member of a request that names it. */
export type ObjectKey = 'operation_id' | 'batch_id' | 'device_id';

/**
 * What a client wants (reference, section 1.3): the present state; nothing, as the request names another object; or something
 * that is not understood, which is logged and has no effect.
 */
export type ClientMessage = 'state' | 'other-object' | 'unknown' | 'malformed';

/** Reads a text frame of a client. Never throws. */
export function readClientMessage(
  text: string,
  { key, id }: { readonly key: ObjectKey; readonly id: string },
): ClientMessage {
  const message = parseJSON(text);
  if (!isMembers(message)) return 'malformed';
  if (message.type !== 'request_current_state') return 'unknown';
  const named = Object.hasOwn(message, key) ? message[key] : undefined;
  return named === undefined || named === id ? 'state' : 'other-object';
}
