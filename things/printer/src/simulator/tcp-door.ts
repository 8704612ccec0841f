import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Log, ThingError } from '@thingwright/core';
import type { PrinterFaults } from './printer-fault.js';

/** A port that a printer is spoken to at. */
export interface TcpDoor extends AsyncDisposable {
  readonly port: number;
}

/** Where a door is, and what its connections may do. */
export interface TcpDoorOptions {
  readonly address: string;
  readonly port: number;
  /** Milliseconds without a byte after which a connection is broken. */
  readonly idleTime: number;
  readonly faults: PrinterFaults;
  readonly log: Log;
}

/** Connections at a time; more are not taken. */
const MOST = 32;
/** Milliseconds without a byte for who was not let in yet. */
const HANDSHAKE = 30_000;
/** Milliseconds that a client has to take what was said last. */
const FAREWELL = 1000;

/**
 * Opens a door. `serve` speaks with a client until one of them has enough, and says when it has let the client in; what it throws
 * breaks the connection.
 */
export async function openTcpDoor(
  { address, port, idleTime, faults, log }: TcpDoorOptions,
  serve: (socket: Socket, letIn: () => void) => Promise<void>,
): Promise<TcpDoor> {
  const sockets = new Set<Socket>();
  const attend = async (socket: Socket): Promise<void> => {
    try {
      await serve(socket, () => socket.setTimeout(idleTime));
      setTimeout(() => socket.destroy(), FAREWELL).unref();
    } catch (error) {
      log.debug({ client: socket.remoteAddress, error }, 'a connection ended');
      socket.destroy();
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    if (faults.has('refuse')) {
      socket.resetAndDestroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => log.debug({ error }, 'a connection broke'));
    socket.setTimeout(Math.min(idleTime, HANDSHAKE), () => socket.destroy());
    void attend(socket);
  });
  server.maxConnections = MOST;
  try {
    const listening = once(server, 'listening');
    server.listen(port, address);
    await listening;
  } catch (cause) {
    throw new ThingError('unavailable', `The TCP port ${port} of ${address} cannot be had`, { cause });
  }
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
