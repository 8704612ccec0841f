import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeServerFrame, type ServerFrame } from '../wire/server-frame.js';

/** Where a device dials in, and as whom. */
export interface DeviceSocketOptions {
  /** `ws://` or `wss://`, with the path. */
  readonly url: string;
  readonly id: string;
  readonly token: string;
  /** Certificates that are trusted besides those of the system. */
  readonly ca?: string | Buffer | undefined;
  /** Whether any certificate is taken. */
  readonly insecure: boolean;
  /** Bytes of a message, and how many messages may wait to be read; more breaks the connection off. */
  readonly maxMessage: number;
  readonly maxWaiting: number;
}

/** The server did not let the device in. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  /** `status`: the HTTP status; undefined if there was no answer, as `why` says. */
  constructor(
    readonly status: number | undefined,
    why = `HTTP ${status}`,
  ) {
    super(`The server refused the connection: ${why}`);
  }
}

/** One connection of a simulated device. */
export class DeviceSocket {
  readonly #websocket: WebSocket;
  readonly #maxWaiting: number;
  readonly #waiting: ServerFrame[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  private constructor(websocket: WebSocket, maxWaiting: number) {
    this.#websocket = websocket;
    this.#maxWaiting = maxWaiting;
    websocket
      .on('message', (data, isBinary) => {
        if (Buffer.isBuffer(data)) this.#take(decodeServerFrame(data, isBinary));
      })
      .on('close', () => {
        this.#isClosed = true;
        this.#wake?.();
      });
  }

  /** Dials once. Rejects with a {@link RefusedError}. */
  static dial({ url, id, token, ca, insecure, maxMessage, maxWaiting }: DeviceSocketOptions): Promise<DeviceSocket> {
    const headers = { 'Device-Id': id, 'Device-Token': token };
    const websocket = new WebSocket(url, {
      headers,
      maxPayload: maxMessage,
      handshakeTimeout: 10_000,
      rejectUnauthorized: !insecure,
      ...(ca === undefined ? {} : { ca }),
    });
    // Made before the first frame can arrive, which may come with the answer to the handshake.
    const socket = new DeviceSocket(websocket, maxWaiting);
    return new Promise((resolve, reject) => {
      websocket
        .on('open', () => resolve(socket))
        .on('error', ({ message }) => reject(new RefusedError(undefined, message)))
        .on('unexpected-response', (_request, response) => {
          websocket.terminate();
          reject(new RefusedError(response.statusCode));
        });
    });
  }

  get isOpen(): boolean {
    return this.#websocket.readyState === WebSocket.OPEN;
  }

  #take(frame: ServerFrame): void {
    this.#waiting.push(frame);
    // As the library of the first generation does, some 40 s later.
    if (this.#waiting.length > this.#maxWaiting) this.#websocket.close(1011, 'keepalive ping timeout');
    this.#wake?.();
  }

  /** What the server sends, until the connection is closed. */
  async *frames(): AsyncGenerator<ServerFrame, void, undefined> {
    for (;;) {
      const frame = this.#waiting.shift();
      if (frame) {
        yield frame;
      } else if (this.#isClosed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Sends a message, a text or bytes, as fast as the server takes it. Rejects if the connection is gone. */
  send(message: string | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#websocket.send(message, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Reads nothing, not even pings, until it is called with false. */
  block(isBlocked: boolean): void {
    if (isBlocked) this.#websocket.pause();
    else this.#websocket.resume();
  }

  /** Breaks the connection without a word. */
  drop(): void {
    this.#websocket.terminate();
  }

  /** Says goodbye; resolves when the connection is gone. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const closed = once(this.#websocket, 'close');
    const tooLong = setTimeout(() => this.#websocket.terminate(), 1000);
    this.#websocket.close(1000);
    await closed;
    clearTimeout(tooLong);
  }
}
