import { type IncomingMessage, type Server, type ServerOptions, STATUS_CODES } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLimit } from './connection-limit.js';
import { asksForWebSocket } from './credentials.js';
import type { DoorFigures } from './http-figures.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { SAFE_LINES } from './safe-headers.js';

/** A port that cannot be had: taken, forbidden, or on an address that is not ours. */
export class ListenError extends Error {
  override readonly name = 'ListenError';

  constructor(
    message: string,
    /** Node's code: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, … */
    readonly code: string,
    readonly host: string,
    readonly port: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Limits that guard a server against slow and large requests. Times are milliseconds. */
export interface ServerLimits {
  /** Bytes of all headers together; more is answered with 431. Default 16 KiB. */
  readonly maxHeaders?: number | undefined;
  /** Headers of a request; more are answered with 431. Default 100. */
  readonly maxHeaderCount?: number | undefined;
  /** For the headers to arrive, and for a TLS handshake; then 408. Default 20 s. */
  readonly headersTimeout?: number | undefined;
  /**
   * For the body of a request to arrive; then 408, or the connection is cut. Default 60 s. On a route with the config `longBody` that is the
   * time in which the next 64 KiB have to come.
   */
  readonly requestTimeout?: number | undefined;
  /** How long a connection may idle between two requests. Default 30 s. */
  readonly keepAliveTimeout?: number | undefined;
  /** Connections open at once, of each door; further ones are dropped. Default: no limit. */
  readonly maxConnections?: number | undefined;
  /**
   * Connections open at once of one address (of IPv6: of one /64), both doors together; further ones are dropped. Those of this
   * machine and of trusted proxies are not limited. Default: no limit.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
}

/** Takes an upgrade request. */
export type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** One door: a server with its connections. */
export interface HttpDoor {
  /** Base URL; an empty string before it listens. */
  readonly url: string;
  /** Listens. Rejects with a {@link ListenError}. */
  listen(port: number, host: string): Promise<void>;
  /** Stops to accept, lets requests in flight and upgraded sockets end for `grace` milliseconds, then cuts the rest. */
  close(grace: number): Promise<void>;
}

/** Limits as Node's servers take them. */
export function toServerOptions(limits: ServerLimits): ServerOptions & { readonly handshakeTimeout: number } {
  const { headersTimeout = 20_000 } = limits;
  return {
    maxHeaderSize: limits.maxHeaders ?? 16_384,
    headersTimeout,
    // Bodies have their own: see BodyTime.
    requestTimeout: 0,
    handshakeTimeout: headersTimeout,
    connectionsCheckingInterval: Math.min(5000, headersTimeout),
    keepAliveTimeout: limits.keepAliveTimeout ?? 30_000,
    noDelay: true,
  };
}

/** What a door is made of, besides its server. */
export interface DoorParts {
  readonly onUpgrade: OnUpgrade;
  readonly maxConnections: number | undefined;
  readonly maxHeaderCount: number;
  readonly limit: ConnectionLimit;
  readonly figures: DoorFigures;
}

/** Makes a door of a server, plain or with TLS. */
export function createHttpDoor(
  server: Server | TlsServer,
  { onUpgrade, maxConnections, maxHeaderCount, limit, figures }: DoorParts,
): HttpDoor {
  const isSecure = server instanceof TlsServer;
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    // One whose upgrade was passed over comes in again with each such request.
    if (sockets.has(socket)) return;
    if (!limit.admit(socket)) {
      figures.dropped.address.value++;
      return void socket.destroy();
    }
    sockets.add(socket);
    figures.open.value++;
    socket.once('close', () => {
      sockets.delete(socket);
      figures.open.value--;
    });
  });
  server.on('drop', () => figures.dropped.all.value++);
  server.on('clientError', refuseMalformed);
  server.on('upgrade', (request, socket, head) => {
    if (request.rawHeaders.length > 2 * maxHeaderCount) refuse(socket, 431);
    else if (asksForWebSocket(request)) onUpgrade(request, socket, head);
    else
      withoutUpgrade(request, socket, head, (again) =>
        server.emit(isSecure ? 'secureConnection' : 'connection', again),
      );
  });
  let url = '';

  return {
    get url() {
      return url;
    },
    async listen(port, host) {
      await listen(server, port, host);
      const address = server.address();
      if (address !== null && typeof address === 'object')
        url = `${isSecure ? 'https' : 'http'}://${authorityOf(address)}`;
    },
    async close(grace) {
      if (!server.listening) return;
      const over = new AbortController();
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          over.abort();
          resolve();
        });
      });
      // A kept-alive connection that was busy a moment ago is only closed if somebody looks again.
      const sweep = setInterval(() => server.closeIdleConnections(), 25);
      await delay(grace, undefined, { signal: over.signal }).catch(() => undefined);
      clearInterval(sweep);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server | TlsServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      server.removeListener('listening', succeed);
      const { code = 'EUNKNOWN' } = error;
      const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be had (${code})`;
      reject(new ListenError(`Port ${port} on ${host} ${why}`, code, host, port, { cause: error }));
    };
    const succeed = (): void => {
      server.removeListener('error', fail);
      resolve();
    };
    server.once('error', fail).once('listening', succeed).listen({ port, host });
  });
}

/** Host and port as a client of this machine writes them: an address that stands for all is the loopback one. */
function authorityOf({ address, family, port }: AddressInfo): string {
  if (family !== 'IPv6') return `${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;
  return `[${address === '::' ? '::1' : address}]:${port}`;
}

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what is no HTTP. Where an answer may be under way already, the connection is only cut. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const { code = '' } = error;
  const untouched = 'bytesWritten' in socket && socket.bytesWritten === 0;
  if (!untouched || !socket.writable || !/^(HPE_|ERR_HTTP_)/.test(code)) return void socket.destroy();
  refuse(socket, CLIENT_ERRORS[code] ?? 400);
}

/** Ends the connection of a request whose body does not come. */
export function refuseSlow(socket: Socket): void {
  if (socket.bytesWritten === 0 && socket.writable) refuse(socket, 408);
  else socket.destroy();
}

/** Answers with a status and closes. */
function refuse(socket: Duplex, status: number): void {
  const body = JSON.stringify(problemOf(status));
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nContent-Type: ${PROBLEM_TYPE}\r\n${SAFE_LINES}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/**
 * Serves a request that offers a protocol we do not speak (`Upgrade: h2c`, as Java's client sends with its first request) as
 * if it had offered none (RFC 9110, section 7.8): its bytes go in once more, without the offer. Where more has come than
 * the request, it is the last of its connection: of a flood of offers, each would have the rest read once more.
 */
function withoutUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, serve: (socket: Duplex) => void): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/${request.httpVersion}`];
  const raw = request.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${raw[i + 1]}`);
  }
  const { connection = '', 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  const body = chunked === undefined ? head.subarray(0, Number(length ?? 0)) : head;
  const isLast = chunked !== undefined || head.length > body.length || /\bclose\b/i.test(connection);
  if (isLast) lines.push('Connection: close');
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]));
  serve(socket);
}
