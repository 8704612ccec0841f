import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Authentication } from '@thingwright/core';
import type { FastifyInstance } from 'fastify';

/** Where and how to listen. */
export interface ListenOptions {
  /** Default 8080; 0 picks a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** A TLS door beside the plain one; `key` and `cert` in PEM. */
  readonly tls?: { readonly port: number; readonly key: string | Buffer; readonly cert: string | Buffer };
  /** The origin at which clients reach this server, when it is behind a proxy: `https://lab.example`. */
  readonly publicUrl?: string;
  /** Origins besides our own whose pages may connect; `*` lets all in. */
  readonly allowOrigins?: readonly string[];
  /** Addresses or networks (CIDR) of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies?: readonly string[];
  /** Bytes of a request body; more is refused with 413. Default 1 MiB. */
  readonly maxBody?: number;
}

/** An HTTP request that asks to become something else, matched to a path of the upgrade table. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  /** Values of the path's `:parameters`, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The path and query as a URL on the origin that the caller used. */
  readonly url: URL;
  /** What `Sec-WebSocket-Protocol` offers, in order; a credential (`bearer.…`) is not among them. */
  readonly protocols: readonly string[];
  /** Answers with a plain HTTP status and an empty body, and closes the connection. */
  refuse(status: number, headers?: Readonly<Record<string, string>>): void;
}

/** Takes over the connection of an upgrade request, or refuses it. */
export type UpgradeHandler = (upgrade: Upgrade) => void | Promise<void>;

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
  /** The origin at which this caller reaches us: the public URL, else scheme and Host header. */
  originOf(request: IncomingMessage): string;
  /**
   * Who sends this request. An `Authorization` header decides alone if there is one; else the `access_token` ticket in
   * the query (upgrades), the sub-protocol `bearer.<base64url>`, the session cookie (with its `Origin` check). Undefined if
   * nobody that we know. Rejects with a ThingError `unavailable` when that cannot be told for the moment.
   */
  authenticate(request: IncomingMessage): Promise<Authentication | undefined>;
}
