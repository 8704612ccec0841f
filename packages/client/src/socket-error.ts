import { ThingError } from '@thingwright/core';
import type { SocketEnd } from './socket/socket.js';

/** Why a socket ended, as an error: `unauthenticated` and `forbidden` will not pass, all others may. */
export function socketError(url: string, { code, reason, status, retryAfter, cause }: SocketEnd): ThingError {
  const options = { cause, ...(retryAfter === undefined ? {} : { retryAfter }) };
  if (status === undefined) {
    const why = reason === '' ? '' : `: ${reason}`;
    return new ThingError('disconnected', `The connection to ${url} ended with ${code}${why}`, options);
  }
  const detail = `${url} refused the WebSocket with status ${status}`;
  if (status === 401) return new ThingError('unauthenticated', detail, options);
  if (status === 403) return new ThingError('forbidden', detail, options);
  return new ThingError(status >= 500 ? 'unavailable' : 'protocol', detail, options);
}
