import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What decides whose pages may come in, and whose `X-Forwarded-*` headers are believed. */
export interface OriginOptions {
  readonly publicUrl?: string | undefined;
  readonly allowOrigins?: readonly string[] | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
}

/** Who calls from where, and where we are for that caller. */
export interface Origins {
  /** Whether there are other origins than our own to let in. */
  readonly crossOrigin: boolean;
  /** The origin at which this caller reaches us: the public URL, else what a trusted proxy says, else the Host header. */
  originOf(request: IncomingMessage): string;
  /** The caller's IP address; behind a trusted proxy, the one that it states. */
  addressOf(request: IncomingMessage): string;
  /** Whether pages of that origin are ours, or named one by one among the allowed. */
  isKnown(origin: string, request: IncomingMessage): boolean;
  /** Whether pages of that origin may come in: known, or everybody may. */
  isAllowed(origin: string, request: IncomingMessage): boolean;
  /**
   * Whether the caller reaches us under a name that a stranger cannot have made up: on loopback, where the browser of a
   * neighbour reaches us too, only an address, localhost, or the name of a known origin (DNS rebinding).
   */
  isOurName(request: IncomingMessage): boolean;
  /** Whether many callers may share that address: this machine's own, and those of proxies. */
  isShared(address: string): boolean;
}

/**
 * Makes the rules about origins. `fallback` gives our base URL for requests whose Host header is missing or senseless.
 * @throws TypeError for a public URL, an origin or a proxy that is none.
 */
export function createOrigins(options: OriginOptions, fallback: () => string): Origins {
  const { allowOrigins = [], trustedProxies = [] } = options;
  const publicOrigin = options.publicUrl === undefined ? undefined : parseOrigin(options.publicUrl, 'The public URL');
  const everybody = allowOrigins.includes('*');
  const listed = new Set(
    allowOrigins.filter((origin) => origin !== '*').map((origin) => parseOrigin(origin, 'An allowed origin')),
  );
  const proxies = trustedProxies.length === 0 ? undefined : toBlockList(trustedProxies);

  const isTrusted = (address: string): boolean => proxies !== undefined && isIn(proxies, address);

  const peerOf = (request: IncomingMessage): string => plainAddress(request.socket.remoteAddress ?? '');

  /** Where the request came in, by its own account. */
  const seenOrigin = (request: IncomingMessage): string => {
    const forwarded = proxies !== undefined && isTrusted(peerOf(request));
    const host = (forwarded ? lastOf(request.headers['x-forwarded-host']) : undefined) ?? request.headers.host;
    if (host === undefined || !isHost(host)) return fallback();
    const stated = forwarded ? lastOf(request.headers['x-forwarded-proto'])?.toLowerCase() : undefined;
    const secure = stated === 'https' || (stated !== 'http' && request.socket instanceof TLSSocket);
    return `${secure ? 'https' : 'http'}://${host}`;
  };

  const isKnown = (origin: string, request: IncomingMessage): boolean =>
    listed.has(origin) || origin === publicOrigin || sameOrigin(origin, seenOrigin(request));

  return {
    crossOrigin: everybody || listed.size > 0,
    originOf: (request) => publicOrigin ?? seenOrigin(request),
    addressOf(request) {
      const peer = peerOf(request);
      if (!isTrusted(peer)) return peer;
      const hops = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').reverse();
      for (const hop of hops) {
        const address = plainAddress(hop.trim());
        if (!isIPv4(address) && !isIPv6(address)) break;
        if (!isTrusted(address)) return address;
      }
      return peer;
    },
    isKnown,
    isOurName(request) {
      const origin = seenOrigin(request);
      if (!isLoopback(plainAddress(request.socket.localAddress ?? ''))) return true;
      const name = URL.canParse(origin) ? new URL(origin).hostname : '';
      return isLocalName(name) || listed.has(origin) || origin === publicOrigin || everybody;
    },
    isShared: (address) => isLoopback(address) || isTrusted(address),
    isAllowed: (origin, request) => everybody || isKnown(origin, request),
  };
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/** Names that no DNS server of a stranger answers for. */
const isLocalName = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || isIPv4(name) || name.startsWith('[');

/** Tells whether a Host header names a host, with or without a port. */
export function isHost(host: string): boolean {
  return host.length <= 261 && /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::\d{1,5})?$/.test(host);
}

function parseOrigin(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.origin === 'null') throw new TypeError(`${what} has to be like https://lab.example, not '${text}'`);
  return url.origin;
}

/** Browsers leave the default port out of `Origin`; a Host header may have it, and may be in capitals. */
function sameOrigin(origin: string, seen: string): boolean {
  return origin === seen || (URL.canParse(seen) && new URL(seen).origin === origin);
}

const lastOf = (header: string | string[] | undefined): string | undefined =>
  [header ?? []].flat().join(',').split(',').at(-1)?.trim() || undefined;

/** An address of IPv4 as such, also where IPv6 carries it. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address;

function isIn(list: BlockList, address: string): boolean {
  if (isIPv4(address)) return list.check(address, 'ipv4');
  return isIPv6(address) && list.check(address, 'ipv6');
}

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    const most = family === 'ipv4' ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits);
    if (!(isIPv4(address) || isIPv6(address)) || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
      throw new TypeError(`A trusted proxy is an address or a network like 10.0.0.0/8, not '${network}'`);
    }
    list.addSubnet(address, prefix, family);
  }
  return list;
}
