import type { BackOff, Log, ThingError, TraceContext } from '@thingwright/core';
import type { Schedule } from './schedule.js';
import type { SocketRequest, Sockets } from './socket/socket.js';

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly sockets: Sockets;
  /** Makes the upgrade request of the next attempt, with fresh credentials. A ThingError `unauthenticated` or `forbidden` ends all. */
  readonly handshake: () => Promise<SocketRequest>;
  /** Asks over HTTP why an upgrade was refused, where the platform does not tell: an error that ends all, or nothing. Never rejects. */
  readonly explain: () => Promise<ThingError | undefined>;
  /** Asked for each request: where it belongs among those of other programs. */
  readonly trace: (() => TraceContext | undefined) | undefined;
  readonly schedule: Schedule;
  readonly backOff: BackOff;
  readonly log: Log;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
}
