import type { IncomingMessage } from 'node:http';
import type { Credentials } from '@thingwright/core';
import { parseCookie } from 'cookie';

/** Name of the cookie that holds the session of a page of our own origin. */
export const SESSION_COOKIE = 'thingwright_session';

/** Parameters of a WebSocket URL that carry a one-time ticket; never a lasting token. */
const TICKET_PARAMETERS = ['access_token', 'jwt'];

const BEARER_PROTOCOL = 'bearer.';

/** Credentials that are there and make no sense: no authenticator knows an empty token. */
const SENSELESS: Credentials = { kind: 'bearer', token: '' };

/** Tells whether a request asks to become a WebSocket (RFC 6455, section 4.2.1); without `Connection: Upgrade` none does. */
export function asksForWebSocket({ headers: { upgrade, connection = '' } }: IncomingMessage): boolean {
  if (upgrade === undefined || upgrade.trim().toLowerCase() !== 'websocket') return false;
  return connection.split(',').some((option) => option.trim().toLowerCase() === 'upgrade');
}

/**
 * The one credential of a request that counts. An `Authorization` header decides alone; then, for WebSockets, the ticket in
 * the query and the sub-protocol `bearer.<base64url>`; then the session cookie. What is malformed is a token that nobody knows.
 */
export function credentialsOf(request: IncomingMessage): Credentials {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) return parseAuthorization(authorization);
  if (asksForWebSocket(request)) {
    const ticket = ticketOf(request.url ?? '');
    if (ticket !== undefined) return { kind: 'ticket', value: ticket };
    const bearer = allProtocols(request).find(isCredential);
    if (bearer !== undefined) return parseBearerProtocol(bearer);
  }
  const session = cookie === undefined ? undefined : parseCookie(cookie)[SESSION_COOKIE];
  return session === undefined || session === '' ? { kind: 'none' } : { kind: 'cookie', value: session };
}

/** What `Sec-WebSocket-Protocol` offers, in order, without credentials. */
export function offeredProtocols(request: IncomingMessage): readonly string[] {
  return allProtocols(request).filter((protocol) => !isCredential(protocol));
}

/** Reads an `Authorization` header: `Bearer` (RFC 6750) and `Basic` (RFC 7617), whose names have no case. */
export function parseAuthorization(header: string): Credentials {
  const space = header.indexOf(' ');
  const scheme = (space < 0 ? header : header.slice(0, space)).toLowerCase();
  const rest = space < 0 ? '' : header.slice(space + 1).trim();
  if (scheme === 'bearer') return isToken(rest) ? { kind: 'bearer', token: rest } : SENSELESS;
  if (scheme === 'basic') return parseBasic(rest);
  return SENSELESS;
}

function parseBasic(encoded: string): Credentials {
  const pair = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? decode(encoded, 'base64') : undefined;
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 0) return SENSELESS;
  return { kind: 'basic', user: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

function parseBearerProtocol(protocol: string): Credentials {
  const encoded = protocol.slice(BEARER_PROTOCOL.length);
  const token = /^[A-Za-z0-9_-]+$/.test(encoded) ? decode(encoded, 'base64url') : undefined;
  return token !== undefined && isToken(token) ? { kind: 'bearer', token } : SENSELESS;
}

const isCredential = (protocol: string): boolean => protocol.startsWith(BEARER_PROTOCOL);

const isToken = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

function decode(encoded: string, encoding: 'base64' | 'base64url'): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, encoding));
  } catch {
    return undefined;
  }
}

function ticketOf(url: string): string | undefined {
  const start = url.indexOf('?');
  if (start < 0) return undefined;
  const query = new URLSearchParams(url.slice(start + 1));
  for (const name of TICKET_PARAMETERS) {
    const value = query.get(name);
    if (value !== null) return value;
  }
  return undefined;
}

function allProtocols(request: IncomingMessage): readonly string[] {
  const header = request.headers['sec-websocket-protocol'];
  if (header === undefined) return [];
  return header
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}
