import { type Log, silent } from '@thingwright/core';
import type { Upgrade } from '@thingwright/listener';
import { WebSocketServer } from 'ws';
import { type Line, type Receiver, WebSocketLine } from './line.js';
import { placeToRead, readInPlace } from './read-in-place.js';
import { systemTimer, type Timer } from './timer.js';

/** Limits of a door's connections. */
export interface LinesOptions {
  /** Bytes of one message; a bigger one closes the line with 1009. Default 64 KiB. */
  readonly maxPayload?: number;
  /** Milliseconds between two pings. Default 20,000. */
  readonly pingInterval?: number;
  /** After so many pings without any sign of life the line is ended. Default 2. */
  readonly missedPings?: number;
  /** Bytes that may wait for a line; above it nothing more is sent. Default 256 KiB. */
  readonly backlogLimit?: number;
  /** Milliseconds that lines get to answer a close when all are closed. Default 1000. */
  readonly grace?: number;
  readonly log?: Log;
  readonly timer?: Timer;
}

/** WebSockets that were let in through one door, all kept alive by one timer. Disposing closes them with 1001. */
export interface Lines extends AsyncDisposable {
  /**
   * Completes the handshake, with the first sub-protocol offered that is no credential. `open` gives the receiver, before
   * any frame arrives. A handshake that is not one is answered with 400, 405 or 426, and `open` is not called.
   */
  accept(upgrade: Upgrade, peer: string, open: (line: Line) => Receiver): void;
  /** Closes all lines and lets nobody in any more; resolves when all are gone. */
  close(code: number, reason: string): Promise<void>;
}

/** Pings are spread over the interval in so many groups, for no burst. */
const GROUPS = 20;

/** Opens a door's part that holds the connections. */
export function openLines(options: LinesOptions = {}): Lines {
  const { maxPayload = 65_536, pingInterval = 20_000, backlogLimit = 262_144, grace = 1000 } = options;
  const { log = silent, timer = systemTimer, missedPings = 2 } = options;
  const lines = new Set<WebSocketLine>();
  const groups = Array.from({ length: GROUPS }, () => new Set<WebSocketLine>());
  /** Made for the first of them. */
  let place: Buffer | undefined;
  let next = 0;
  let whenEmpty: (() => void) | undefined;
  let closed: Promise<void> | undefined;

  const settings = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
    // How long a peer may take to answer our close frame; its declaration is missing in @types/ws.
    closeTimeout: 5000,
    handleProtocols: (offered: ReadonlySet<string>): string | false =>
      [...offered].find((name) => !name.startsWith('bearer.')) ?? false,
  };
  const server = new WebSocketServer(settings);

  let turn = 0;
  const stopPings = timer.every(pingInterval / GROUPS, () => {
    turn = (turn + 1) % GROUPS;
    for (const line of groups[turn] ?? []) {
      if (line.missed >= missedPings) {
        line.terminate('no sign of life');
      } else {
        line.miss();
        line.ping();
      }
    }
  });

  const closeAll = (code: number, reason: string): Promise<void> => {
    stopPings();
    for (const line of lines) line.close(code, reason);
    if (lines.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = timer.after(grace, () => {
        for (const line of lines) line.terminate(reason);
      });
      whenEmpty = () => {
        stop();
        resolve();
      };
    });
  };

  const close = (code: number, reason: string): Promise<void> => {
    closed ??= closeAll(code, reason);
    return closed;
  };

  return {
    accept(upgrade, peer, open) {
      if (closed) {
        upgrade.refuse(503);
        return;
      }
      const { request, head } = upgrade;
      place ??= placeToRead(maxPayload);
      const source = readInPlace(upgrade, place, log);
      server.handleUpgrade(request, source.socket, head, (websocket) => {
        const line = new WebSocketLine({ websocket, source, peer, maxPayload, backlogLimit, log });
        const group = groups[next++ % GROUPS];
        lines.add(line);
        group?.add(line);
        const gone = (): void => {
          lines.delete(line);
          group?.delete(line);
          if (lines.size === 0) whenEmpty?.();
        };
        try {
          line.follow(open(line), gone);
        } catch (error) {
          gone();
          websocket.terminate();
          throw error;
        }
      });
    },
    close,
    [Symbol.asyncDispose]: () => close(1001, 'shutting down'),
  };
}
