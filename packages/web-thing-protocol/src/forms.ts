import type { FormBuilder } from '@thingwright/core';
import { SUBPROTOCOL } from './provisional.js';

/** Path of the socket that all Things of a site share. */
export const SHARED_SOCKET_PATH = '/things';

/** The forms of an affordance, or of a Thing as a whole, over the shared WebSocket: all its operations in one form. */
export const webThingProtocolForms: FormBuilder = ({ base, security, operations }) => {
  const url = new URL(SHARED_SOCKET_PATH, base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return [
    {
      href: url.href,
      op: operations,
      subprotocol: SUBPROTOCOL,
      contentType: 'application/json',
      ...(security.websocket === undefined ? {} : { security: security.websocket }),
    },
  ];
};
