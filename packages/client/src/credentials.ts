import { isMembers, parseJSON, ThingError } from '@thingwright/core';
import { SUBPROTOCOL } from '@thingwright/web-thing-protocol';
import { readText } from './read-text.js';
import type { Schedule } from './schedule.js';
import type { SocketRequest } from './socket/socket.js';
import { withinTime } from './within-time.js';

/** What proves who the caller is; at most one of them. None: nothing, or in a browser the session cookie of its own origin. */
export interface ClientCredentials {
  /** A token, sent as `Authorization: Bearer`. For WebSockets of a browser it buys a one-time ticket at each connect. */
  readonly token?: string;
  /** User and password, sent as `Authorization: Basic`. */
  readonly basic?: { readonly user: string; readonly password: string };
  /** Gives a one-time ticket for the WebSocket, asked at each connect. It says nothing over HTTP. */
  readonly ticket?: () => Promise<string>;
}

/** Tells whether two callers are the same one. */
export const sameCredentials = (one: ClientCredentials, other: ClientCredentials): boolean =>
  one.token === other.token &&
  one.ticket === other.ticket &&
  one.basic?.user === other.basic?.user &&
  one.basic?.password === other.basic?.password;

/** The header that carries credentials over HTTP; none where there is nothing to carry. */
export function authorizationOf({ token, basic }: ClientCredentials): Readonly<Record<string, string>> {
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (basic) return { Authorization: `Basic ${base64(`${basic.user}:${basic.password}`)}` };
  return {};
}

/** Origin of a URL, a WebSocket's counted as that of its HTTP server. */
export function httpOrigin(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol.replace(/^ws/, 'http')}//${host}`;
}

/** What {@link createHandshake} needs besides the credentials. */
export interface HandshakeOptions {
  readonly url: string;
  readonly canSendHeaders: boolean;
  readonly fetch: typeof fetch;
  readonly schedule: Schedule;
  /** Milliseconds that a ticket may take. */
  readonly connectTimeout: number;
  /** The sub-protocols to offer; default that of the Web Thing Protocol. A token stands beside them only where there are some. */
  readonly protocols?: readonly string[];
}

/**
 * Makes upgrade requests for one URL: credentials in a header where the platform can, else a new ticket in `access_token`.
 * A token becomes a ticket at `POST {origin}/ticket` (answer `{ ticket }`), or where there is no such door the sub-protocol
 * `bearer.<base64url>`. The request rejects with a ThingError if there is no ticket, or none in time.
 */
export function createHandshake(
  credentials: ClientCredentials,
  { url, canSendHeaders, fetch, schedule, connectTimeout, protocols = [SUBPROTOCOL] }: HandshakeOptions,
): () => Promise<SocketRequest> {
  const headers = authorizationOf(credentials);
  const plain: SocketRequest = { url, protocols, headers: {} };
  const withTicket = (ticket: string): SocketRequest => {
    const ticketed = new URL(url);
    ticketed.searchParams.set('access_token', ticket);
    return { ...plain, url: ticketed.href };
  };
  const inTime = <T>(get: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withinTime(get, { schedule, milliseconds: connectTimeout, what: `A ticket for ${url}` });
  return async () => {
    const { token, ticket } = credentials;
    if (ticket) return withTicket(await inTime(async () => ticket()));
    if (headers.Authorization === undefined) return plain;
    if (canSendHeaders) return { ...plain, headers };
    const bought = await inTime((signal) => buyTicket(httpOrigin(url), { headers, signal }, fetch));
    if (bought !== undefined) return withTicket(bought);
    if (token === undefined || protocols.length === 0)
      throw new ThingError('unauthenticated', `${httpOrigin(url)} gives no tickets for WebSockets`);
    return {
      ...plain,
      protocols: [...protocols, `bearer.${base64(token).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`],
    };
  };
}

/** Gets a ticket for credentials; undefined where tickets are not known. */
async function buyTicket(
  origin: string,
  { headers, signal }: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  fetch: HandshakeOptions['fetch'],
): Promise<string | undefined> {
  const response = await fetch(`${origin}/ticket`, {
    method: 'POST',
    headers: { ...headers, Accept: 'application/json' },
    signal,
  });
  const { status } = response;
  if (status === 404 || status === 405) return undefined;
  if (status === 401) throw new ThingError('unauthenticated', `${origin} does not know these credentials`);
  if (status === 403) throw new ThingError('forbidden', `${origin} gives these credentials no ticket`);
  if (!response.ok) throw new ThingError('unavailable', `${origin} gave no ticket (status ${status})`);
  const answer = parseJSON(await readText(response));
  const ticket = isMembers(answer) ? answer.ticket : undefined;
  if (typeof ticket !== 'string') throw new ThingError('protocol', `${origin} answered without a ticket`);
  return ticket;
}

/** Base64 of a text in UTF-8. */
const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
