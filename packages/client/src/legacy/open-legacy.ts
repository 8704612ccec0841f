import type { BackOff, Log, ThingError } from '@thingwright/core';
import type { ConsumedChannel } from '../consumed-channel.js';
import { createHandshake } from '../credentials.js';
import type { Described } from '../endpoint.js';
import { type HttpOptions, requestJson } from '../http-requests.js';
import type { LegacyDialect } from '../recognize-dialect.js';
import type { Sockets } from '../socket/socket.js';
import { createLabThingsServer } from './labthings-server.js';
import { LegacyChannel } from './legacy-channel.js';
import type { Ask } from './legacy-server.js';
import { LegacySocket } from './legacy-socket.js';
import { createWebThingsServer } from './webthings-server.js';

/** What consuming a Thing of an older dialect takes. */
export interface LegacyOptions extends HttpOptions {
  readonly dialect: LegacyDialect;
  readonly sockets: Sockets;
  readonly backOff: BackOff;
  readonly log: Log;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds between two reads of a property that cannot be observed. */
  readonly pollInterval: number;
  readonly transport: 'websocket' | 'http' | undefined;
}

/**
 * Makes the channel to a Thing of an older dialect, not opened yet, by its description that came from `from`.
 * @throws ThingError `protocol` for a description that is none.
 */
export function createLegacyChannel(
  description: unknown,
  from: string,
  options: LegacyOptions,
): { readonly described: Described; readonly id: string; readonly channel: ConsumedChannel } {
  const { dialect, fetch, schedule, sockets, backOff, log, connectTimeout, pollInterval, transport } = options;
  const closing = new AbortController();
  const ask: Ask = (request) => requestJson({ ...request, signal: closing.signal }, options);
  const server = (dialect === 'labthings' ? createLabThingsServer : createWebThingsServer)(description, from, ask);
  const { described, socket: url, protocols, settling } = server;
  const id = described.td.id ?? from;
  const socketParts = (target: string) => {
    const { canSendHeaders } = sockets;
    const offer = { url: target, canSendHeaders, fetch, schedule, connectTimeout };
    const handshake = (offered: readonly string[]) =>
      createHandshake(options.credentialsFor(target), { ...offer, protocols: offered });
    const handshakes = protocols.length === 0 ? [handshake([])] : [handshake(protocols), handshake([])];
    return { url: target, handshakes, settling, sockets, schedule, backOff, log, connectTimeout };
  };
  const channel = new LegacyChannel({
    ...{ id, server, schedule, log, pollInterval },
    socket:
      url === undefined || transport === 'http' ? undefined : (events) => new LegacySocket(socketParts(url), events),
    needsSocket: transport === 'websocket',
    abort: (reason: ThingError) => closing.abort(reason),
  });
  return { described, id, channel };
}
