import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import { Socket } from 'node:net';
import type { Upgrade } from '@thingwright/listener';
import { type ClientOptions, WebSocket } from 'ws';

/** A plain HTTP server whose upgrade requests go to one handler. */
export interface DoorServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
}

/** What kind of sockets a door server has. */
export interface DoorServerOptions {
  /** False: Node lacks what it takes to read them in place. Default true. */
  readonly canReadInPlace?: boolean;
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

/** Listens on a free port; the last segment of the path is the parameter `name`. */
export async function doorServer(
  handle: (upgrade: Upgrade) => void,
  { canReadInPlace = true, tls }: DoorServerOptions = {},
): Promise<DoorServer> {
  const server = tls ? createTLSServer(tls) : createServer();
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    if (!canReadInPlace) hideHandle(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    if (socket instanceof Socket) handle(upgradeOf(request, socket, head));
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    server,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function hideHandle(socket: Socket): void {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle === 'object' && handle !== null) Reflect.set(handle, 'useUserBuffer', undefined);
}

function upgradeOf(request: IncomingMessage, socket: Socket, head: Buffer): Upgrade {
  const url = new URL(request.url ?? '/', 'http://localhost');
  socket.on('error', () => socket.destroy());
  return {
    request,
    socket,
    head,
    url,
    params: { name: decodeURIComponent(url.pathname.split('/').at(-1) ?? '') },
    protocols: (request.headers['sec-websocket-protocol'] ?? '')
      .split(/\s*,\s*/)
      .filter((p) => !p.startsWith('bearer.')),
    refuse(status, headers = {}) {
      const lines = Object.entries({ ...headers, 'Content-Length': '0', Connection: 'close' });
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.map(([n, v]) => `${n}: ${v}`).join('\r\n')}\r\n\r\n`,
      );
    },
  };
}

/** A client that was let in; it keeps what it hears. */
export interface Caller extends AsyncDisposable {
  readonly websocket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** What came of a handshake. */
export type Answered =
  | { readonly status: 101; readonly caller: Caller }
  | { readonly status: number; readonly headers: object };

/** Calls a door and tells how it answered. */
export async function call(url: string, options: ClientOptions = {}, protocols: string[] = []): Promise<Answered> {
  const websocket = new WebSocket(url, protocols, options);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    websocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  return new Promise((resolve) => {
    websocket
      .on('error', () => {})
      .on('unexpected-response', (_request, response) => {
        websocket.terminate();
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      })
      .on('open', () => {
        const close = async (): Promise<void> => {
          websocket.terminate();
          await closed;
        };
        resolve({ status: 101, caller: { websocket, closed, [Symbol.asyncDispose]: close } });
      });
  });
}

/** Calls a door and expects to be let in. */
export async function callIn(url: string, options: ClientOptions = {}, protocols: string[] = []): Promise<Caller> {
  const answered = await call(url, options, protocols);
  if ('caller' in answered) return answered.caller;
  throw new Error(`refused with ${answered.status}`);
}
