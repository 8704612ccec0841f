import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTLS } from 'node:tls';

/** A client that writes its bytes itself. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** What came after the handshake was answered. */
  readonly received: () => Buffer;
  /** The first line of the answer. */
  readonly answer: Promise<string>;
  /** The connection is gone; its error, if one ended it. */
  readonly closed: Promise<Error | undefined>;
}

/** How a client knocks. */
export interface RawClientOptions {
  /** Follows the handshake in the same write. */
  readonly head?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  /** Whether it goes on sending when the other end has ended. Default false. */
  readonly allowHalfOpen?: boolean;
}

const HANDSHAKE = {
  Host: 'localhost',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const END = '\r\n\r\n';

/** Connects and sends a handshake. */
export async function rawClient(port: number, options: RawClientOptions = {}): Promise<RawClient> {
  const { head = Buffer.alloc(0), headers = {}, tls = false, allowHalfOpen = false } = options;
  const where = { port, host: '127.0.0.1', allowHalfOpen };
  const socket = tls ? connectTLS({ ...where, rejectUnauthorized: false }) : connect(where);
  let bytes = Buffer.alloc(0);
  let error: Error | undefined;
  socket.on('error', (reason) => {
    error = reason;
  });
  const closed = new Promise<Error | undefined>((resolve) => {
    socket.on('close', () => resolve(error));
  });
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.includes(END)) resolve(bytes.toString('latin1').split('\r\n')[0] ?? '');
    });
    socket.on('close', () => resolve('none'));
  });
  await once(socket, tls ? 'secureConnect' : 'connect');
  socket.setNoDelay(true);
  const lines = Object.entries({ ...HANDSHAKE, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(Buffer.concat([Buffer.from(`GET /x HTTP/1.1\r\n${lines.join('')}\r\n`), head]));
  return {
    socket,
    received: () => bytes.subarray(bytes.indexOf(END) + END.length),
    answer,
    closed,
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
