import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { ReplaySubject } from 'rxjs';

/** A server that sends back what it gets, and shows its sockets. */
export interface EchoServer extends AsyncDisposable {
  readonly port: number;
  /** All so far and to come. */
  readonly sockets: ReplaySubject<Socket>;
}

export async function openEchoServer(): Promise<EchoServer> {
  const sockets = new ReplaySubject<Socket>(Number.POSITIVE_INFINITY);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', (bytes) => socket.write(bytes));
    sockets.next(socket);
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no port');
  return {
    port: address.port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
