import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import {
  type Authenticate,
  type Authentication,
  type Credentials,
  type Log,
  type Meter,
  silent,
  ThingError,
  unread,
} from '@thingwright/core';
import createFastify, { type FastifyInstance } from 'fastify';
import { NEVER } from 'rxjs';
import { createBodyTime } from './body-time.js';
import { type CertificateSource, type KeyPair, keepCertificate } from './certificate.js';
import { createConnectionLimit } from './connection-limit.js';
import { allowCrossOrigin } from './cors.js';
import { asksForWebSocket, credentialsOf } from './credentials.js';
import { countFailures } from './failure-figures.js';
import { doorFigures, measureRequests } from './http-figures.js';
import { createHttpDoor, refuseSlow, type ServerLimits, toServerOptions } from './http-servers.js';
import { createOrigins } from './origins.js';
import { answerWithProblems, pathOf, sendUnexpected } from './problem.js';
import { addSafeHeaders, SAFE_HEADERS } from './safe-headers.js';
import { createUpgradeTable, type UpgradeHandler } from './upgrade-table.js';

/** Where and how to listen. */
export interface ListenOptions extends ServerLimits {
  /** Default 8080; 0 picks a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** A TLS door beside the plain one, for TLS 1.2 and later; a certificate and its key, or where they come from. */
  readonly tls?: { readonly port: number } & (KeyPair | CertificateSource);
  /** Seconds for which browsers that came by TLS shall come by TLS only (RFC 6797). Default: they are not told. */
  readonly hsts?: number;
  /** The origin at which clients reach this server, when it is behind a proxy: `https://lab.example`. */
  readonly publicUrl?: string;
  /**
   * Origins besides our own whose pages may connect; `*` lets all in, but only those named one by one may rely on cookies.
   */
  readonly allowOrigins?: readonly string[];
  /** Addresses or networks (CIDR) of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies?: readonly string[];
  /** Bytes of a request body; more is refused with 413. Default 1 MiB. */
  readonly maxBody?: number;
  /** Milliseconds that requests in flight, streams and sockets have to end when the listener closes. Default 2000. */
  readonly grace?: number;
}

/** What a listener needs of its Site. */
export interface ListenerHost {
  readonly authenticate: Authenticate;
  readonly log?: Log;
  readonly meter?: Meter;
}

/** One HTTP server, and a TLS one beside it, that all bindings share. */
export interface Listener extends AsyncDisposable {
  /** For routes and plugins; add them before the listener listens. */
  readonly fastify: FastifyInstance;
  /** Base URL once listening, `http://127.0.0.1:8080`; an empty string before. */
  readonly url: string;
  /** Base URL of the TLS door, if there is one. */
  readonly tlsUrl: string | undefined;
  /** Fires when the listener begins to close; open streams end themselves then. */
  readonly closing: AbortSignal;
  /** Adds a path such as `/things/:name` to the upgrade table. @throws TypeError if the path is taken. */
  upgrade(path: string, handler: UpgradeHandler): void;
  /** Takes an upgrade request that came to a server of somebody else, who keeps that server. */
  dispatch(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The origin at which this caller reaches us: the public URL, else what a trusted proxy says, else the Host header. */
  originOf(request: IncomingMessage): string;
  /** The caller's IP address; behind a trusted proxy, the one that it states. */
  addressOf(request: IncomingMessage): string;
  /** Whether pages of that origin may connect: it is ours, or among the allowed. */
  allowsOrigin(origin: string, request: IncomingMessage): boolean;
  /**
   * Who sends this request. An `Authorization` header decides alone if there is one; else the `access_token` ticket in
   * the query (upgrades), the sub-protocol `bearer.<base64url>` (upgrades), the session cookie (with its `Origin` check).
   * Undefined if nobody that we know; at once where the authenticator answers at once. Throws or rejects with a ThingError:
   * `unavailable` when that cannot be told for the moment, `forbidden` where a page of a foreign origin shows nothing and
   * wants to do more than read.
   */
  authenticate(request: IncomingMessage): Authentication | undefined | Promise<Authentication | undefined>;
}

/** A Listener in the hands of the one who opened it. */
export interface OpenListener extends Listener {
  /** Begins to listen, after all bindings have added their routes. Rejects with a ListenError. */
  listen(): Promise<void>;
}

/**
 * Makes a Listener that does not listen yet. Disposing it stops accepting, lets what is under way end for a while, and cuts
 * the rest; twice does no harm.
 * @throws TypeError for a public URL, an origin or a proxy that is none.
 */
export function openListener(options: ListenOptions, host: ListenerHost): OpenListener {
  const { port = 8080, host: address = '127.0.0.1', tls, maxBody = 1_048_576, grace = 2000 } = options;
  const { hsts, maxConnections, maxConnectionsPerAddress, maxHeaderCount = 100 } = options;
  const { log = silent, meter = unread } = host;
  const closing = new AbortController();
  const origins = createOrigins(options, () => plain.url);
  const upgrades = createUpgradeTable({ log, closing: closing.signal, originOf: origins.originOf });

  const bodyTime = createBodyTime(options.requestTimeout ?? 60_000, refuseSlow);
  const onRequest: RequestListener = (request, response) => {
    bodyTime.watch(request);
    fastify.routing(request, response);
  };
  const plainServer = createServer(toServerOptions(options), onRequest);
  const limit = createConnectionLimit({ perAddress: maxConnectionsPerAddress, isShared: origins.isShared });
  const parts = { onUpgrade: upgrades.dispatch, maxConnections, maxHeaderCount, limit };
  const plain = createHttpDoor(plainServer, { ...parts, figures: doorFigures(meter, 'plain') });
  const tlsServer = tls && createTlsServer(toServerOptions(options), onRequest);
  const secure = tlsServer && createHttpDoor(tlsServer, { ...parts, figures: doorFigures(meter, 'tls') });
  let certificate: Disposable | undefined;
  const authenticate = countFailures(host.authenticate, meter);

  const fastify: FastifyInstance = createFastify({
    bodyLimit: maxBody,
    routerOptions: { maxParamLength: 1024 },
    serverFactory: () => plainServer,
    // Answered by the door itself, on both of them.
    clientErrorHandler: () => undefined,
    frameworkErrors: (error, request, reply) =>
      void sendUnexpected(error, { reply: reply.headers(SAFE_HEADERS), log, path: pathOf(request.url) }),
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : originForm(url)),
  });
  bodyTime.serve(fastify);
  addSafeHeaders(fastify, { origins, hsts, maxHeaderCount });
  if (meter !== unread) measureRequests(fastify, meter);
  allowCrossOrigin(fastify, origins);
  answerWithProblems(fastify, log);

  const admit = (
    authentication: Authentication | undefined,
    { kind }: Credentials,
    request: IncomingMessage,
  ): Authentication | undefined => {
    if (!authentication || authentication.ended?.aborted) return undefined;
    const { origin } = request.headers;
    // Whoever needs no credentials is still not there for any page that the browser of a neighbour happens to show.
    if (kind === 'none' && origin !== undefined && doesMoreThanRead(request) && !origins.isAllowed(origin, request)) {
      throw new ThingError('forbidden', `Pages of ${origin} may not connect`);
    }
    if (kind === 'none' && !origins.isOurName(request)) {
      throw new ThingError('forbidden', `'${request.headers.host}' is not known here as a name of ours; see publicUrl`);
    }
    return authentication;
  };

  const close = async (): Promise<void> => {
    closing.abort(new ThingError('unavailable', 'The server is closing'));
    certificate?.[Symbol.dispose]();
    await Promise.all([plain.close(grace), secure?.close(grace)]);
    await fastify.close();
  };
  let closed: Promise<void> | undefined;

  return {
    fastify,
    get url() {
      return plain.url;
    },
    get tlsUrl() {
      return secure?.url;
    },
    closing: closing.signal,
    upgrade: upgrades.add,
    dispatch: upgrades.dispatch,
    originOf: origins.originOf,
    addressOf: origins.addressOf,
    allowsOrigin: origins.isAllowed,
    authenticate(request) {
      const { origin } = request.headers;
      const shown = credentialsOf(request);
      const isForeign = origin === undefined ? isForeignWrite(request) : !origins.isKnown(origin, request);
      const stolen = shown.kind === 'cookie' && isForeign;
      const credentials = stolen ? NOTHING : shown;
      const found = authenticate(credentials, { address: origins.addressOf(request) });
      return found instanceof Promise
        ? found.then((later) => admit(later, credentials, request))
        : admit(found, credentials, request);
    },
    async listen() {
      await fastify.ready();
      if (tls && tlsServer) certificate = await keepCertificate(tlsServer, { source: toSource(tls), log, meter });
      await plain.listen(port, address);
      if (tls) await secure?.listen(tls.port, address);
    },
    [Symbol.asyncDispose]() {
      closed ??= close();
      return closed;
    },
  };
}

/** A pair that never changes, as a source. */
const toSource = (tls: KeyPair | CertificateSource): CertificateSource =>
  'read' in tls ? tls : { read: async () => tls, changes: NEVER };

const NOTHING: Credentials = { kind: 'none' };

/** By the word of the browser (Fetch Metadata); one that says neither that nor the origin holds the cookie back itself. */
const isForeignWrite = (request: IncomingMessage): boolean => {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none' && doesMoreThanRead(request);
};

const doesMoreThanRead = (request: IncomingMessage): boolean =>
  asksForWebSocket(request) || (request.method !== 'GET' && request.method !== 'HEAD');

/** Brings the absolute form of a request's target to the origin form (RFC 9112, section 3.2). */
function originForm(target: string): string {
  if (!URL.canParse(target)) return '/*';
  const { pathname, search } = new URL(target);
  return `${pathname}${search}`;
}
