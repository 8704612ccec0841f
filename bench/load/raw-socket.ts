import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Frame, FrameReader, maskedFrame, PING, PONG, TEXT } from './frames.js';
import type { Verdict } from './verdict.js';

/** All sockets are read into the same memory, one after the other. */
const shared = Buffer.allocUnsafeSlow(262_144);

/** Connects; every chunk is handed over in memory that is only the taker's until it returns. */
export async function dial(port: number, onBytes: (bytes: Buffer) => void, verdict: Verdict): Promise<Socket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: shared,
      callback: (length) => {
        onBytes(shared.subarray(0, length));
        return true;
      },
    },
  });
  socket.on('error', (error) => verdict.fail(error.message));
  socket.on('close', () => verdict.fail('the server closed a socket'));
  await once(socket, 'connect');
  return socket;
}

/** A WebSocket client that costs the load generator little. */
export interface RawWebSocket {
  readonly socket: Socket;
  /** Takes every text from now on. */
  onText: (bytes: Buffer, frame: Frame) => void;
  /** Called after the texts of one read, with their number. */
  onRead: (texts: number) => void;
}

const HANDSHAKE =
  'Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer bench\r\n';

/** Where a WebSocket is opened. */
export interface WebSocketAddress {
  readonly port: number;
  readonly path: string;
  /** The sub-protocol that it asks for. */
  readonly protocol?: string;
  /** Headers besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens a WebSocket. */
export async function dialWebSocket(
  { port, path, protocol, headers = {} }: WebSocketAddress,
  verdict: Verdict,
): Promise<RawWebSocket> {
  let greeting = '';
  let greeted = (): void => {};
  const open = new Promise<void>((resolve) => {
    greeted = resolve;
  });
  const reader = new FrameReader((bytes, frame) => {
    if (frame.opcode === TEXT) client.onText(bytes, frame);
    else if (frame.opcode === PING) socket.write(maskedFrame(PONG, bytes.subarray(frame.start, frame.end)));
    else verdict.fail(`a frame that begins with ${frame.opcode}`);
  });
  let isOpen = false;
  const socket = await dial(
    port,
    (bytes) => {
      if (isOpen) {
        client.onRead(reader.read(bytes));
        return;
      }
      greeting += bytes.toString('latin1');
      const end = greeting.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!greeting.startsWith('HTTP/1.1 101')) verdict.fail(greeting);
      isOpen = true;
      greeted();
      reader.read(Buffer.from(greeting.slice(end + 4), 'latin1'));
    },
    verdict,
  );
  const client: RawWebSocket = { socket, onText: () => {}, onRead: () => {} };
  const asked = { ...headers, ...(protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol }) };
  const more = Object.entries(asked).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${HANDSHAKE}${more.join('')}\r\n`);
  await open;
  return client;
}

/** Sends a text. */
export const sendText = ({ socket }: RawWebSocket, text: string): void => {
  socket.write(maskedFrame(TEXT, Buffer.from(text)));
};

/** The next text, read as JSON. */
export const nextText = (client: RawWebSocket): Promise<unknown> =>
  new Promise((resolve) => {
    client.onText = (bytes, { start, end }) => resolve(JSON.parse(bytes.toString('utf8', start, end)));
  });
