import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Log, ThingError } from '@thingwright/core';
import { offeredProtocols } from './credentials.js';
import { CHALLENGES, HTTP_STATUS, PROBLEM_TYPE, type Problem, pathOf, toProblem } from './problem.js';
import { SAFE_LINES } from './safe-headers.js';

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
  /** Answers with a plain HTTP status and closes the connection; the body is empty, or Problem Details. */
  refuse(status: number, headers?: Readonly<Record<string, string | readonly string[]>>, problem?: Problem): void;
}

/** Takes over the connection of an upgrade request, or refuses it; a ThingError that it throws refuses with its Problem Details. */
export type UpgradeHandler = (upgrade: Upgrade) => void | Promise<void>;

/** What an {@link UpgradeTable} needs of its listener. */
export interface UpgradeHost {
  readonly log: Log;
  /** Once it has fired, every upgrade is refused with 503. */
  readonly closing: AbortSignal;
  originOf(request: IncomingMessage): string;
}

/** Upgrade handlers by path. */
export interface UpgradeTable {
  /** @throws TypeError if the path does not begin with a slash, or is taken. */
  add(path: string, handler: UpgradeHandler): void;
  /** Hands a request over: 400 for a path that cannot be decoded, 404 for an unknown one, what a ThingError of the handler says, else 500. */
  dispatch(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface Entry {
  readonly segments: readonly string[];
  readonly handler: UpgradeHandler;
}

/** Makes an empty table. Fixed segments go before `:parameters`, whatever the order they were added in. */
export function createUpgradeTable(host: UpgradeHost): UpgradeTable {
  const entries: Entry[] = [];

  const find = (asked: readonly string[]): Entry | undefined =>
    entries.find(
      ({ segments }) =>
        segments.length === asked.length &&
        segments.every((segment, i) => (isParameter(segment) ? asked[i] !== '' : segment === asked[i])),
    );

  const hand = async (entry: Entry, upgrade: Upgrade): Promise<void> => {
    try {
      await entry.handler(upgrade);
    } catch (error) {
      if (error instanceof ThingError && error.code !== 'failed') return refuseFor(error, upgrade);
      host.log.error({ path: pathOf(upgrade.request.url ?? ''), error }, 'an upgrade failed');
      upgrade.refuse(500);
    }
  };

  return {
    add(path, handler) {
      if (!path.startsWith('/')) throw new TypeError(`The upgrade path '${path}' does not begin with a slash`);
      const segments = path.slice(1).split('/');
      if (entries.some((entry) => shapeOf(entry.segments) === shapeOf(segments))) {
        throw new TypeError(`The upgrade path '${path}' is taken`);
      }
      entries.push({ segments, handler });
      entries.sort((a, b) => (shapeOf(a.segments) < shapeOf(b.segments) ? 1 : -1));
    },
    dispatch(request, socket, head) {
      // Nobody else listens before the handler has taken over, and a socket's unheard error ends the process.
      socket.on('error', destroyThis);
      if (!(socket instanceof Socket)) return void socket.destroy();
      socket.setNoDelay(true);
      const refuse = refusalOf(socket);
      if (host.closing.aborted) return refuse(503);
      const target = parseTarget(request.url ?? '', host.originOf(request));
      if (!target) return refuse(400);
      const entry = find(target.segments);
      if (!entry) return refuse(404);
      const params = Object.fromEntries(
        entry.segments.flatMap((segment, i) =>
          isParameter(segment) ? [[segment.slice(1), target.segments[i] ?? '']] : [],
        ),
      );
      const protocols = offeredProtocols(request);
      void hand(entry, { request, socket, head, params, url: target.url, protocols, refuse });
    },
  };
}

/** A listener that keeps nothing of the request alive as long as the socket lives. */
function destroyThis(this: Duplex): void {
  this.destroy();
}

function refuseFor(error: ThingError, { refuse }: Upgrade): void {
  const { code, retryAfter } = error;
  const headers = {
    ...(code === 'unauthenticated' ? { 'WWW-Authenticate': CHALLENGES } : {}),
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfter)) }),
  };
  refuse(HTTP_STATUS[code], headers, toProblem(error));
}

const isParameter = (segment: string): boolean => segment.startsWith(':');

/** A path with its parameters nameless; `:` sorts after digits and before letters, so it is replaced by what sorts first. */
const shapeOf = (segments: readonly string[]): string =>
  segments.map((segment) => (isParameter(segment) ? '\u0000' : segment)).join('/');

/** The URL of a request, and its path cut at the slashes before it is decoded. Undefined for what is no URL. */
function parseTarget(
  target: string,
  origin: string,
): { readonly url: URL; readonly segments: readonly string[] } | undefined {
  try {
    const absolute = target.startsWith('/') ? undefined : new URL(target);
    const path = absolute ? `${absolute.pathname}${absolute.search}` : target;
    return { url: new URL(`${origin}${path}`), segments: pathOf(path).slice(1).split('/').map(decodeURIComponent) };
  } catch {
    return undefined;
  }
}

function refusalOf(socket: Socket): Upgrade['refuse'] {
  return (status, headers = {}, problem) => {
    if (!socket.writable || socket.destroyed) return void socket.destroy();
    const body = Buffer.from(problem ? JSON.stringify(problem) : '');
    const type = problem ? { 'Content-Type': PROBLEM_TYPE } : {};
    const lines = Object.entries({ ...headers, ...type }).flatMap(([name, values]) =>
      [values].flat().map((value) => `${name}: ${value.replaceAll(/[\r\n]+/g, ' ')}\r\n`),
    );
    socket.once('finish', () => socket.destroy());
    const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n`;
    const end = `${SAFE_LINES}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    socket.end(Buffer.concat([Buffer.from(start + lines.join('') + end), body]));
  };
}
