import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Tells a load generator over a socket of its own how many messages a server is done with: one byte each. */
export interface Acknowledgements {
  readonly port: number;
  /** One message more; what comes in one pass of the event loop is told at once. */
  done(): void;
}

/** Opens the socket. */
export async function openAcknowledgements(): Promise<Acknowledgements> {
  let socket: Socket | undefined;
  let untold = 0;
  const tell = (): void => {
    socket?.write(Buffer.alloc(untold));
    untold = 0;
  };
  const server = createServer({ noDelay: true }, (opened) => {
    opened.on('error', () => opened.destroy());
    socket = opened;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    done() {
      if (untold++ === 0) setImmediate(tell);
    },
  };
}
