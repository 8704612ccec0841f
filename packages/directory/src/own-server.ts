import type { IncomingMessage } from 'node:http';
import type { Listener } from '@thingwright/listener';

/** The origins by which a server is known: that of the caller, and those of its doors. */
export function originsOf({ url, tlsUrl, originOf }: Listener, request: IncomingMessage): readonly string[] {
  return [...new Set([originOf(request), url, tlsUrl ?? ''])].filter((origin) => origin !== '');
}

/**
 * Tells whether a URL leads to a server of these origins on a machine of these addresses, over whichever protocol it has a port in common with
 * them.
 */
export function ownServer(origins: readonly string[], addresses: ReadonlySet<string>): (url: URL) => boolean {
  const own = origins.map((origin) => new URL(origin));
  return (url) => {
    if (!WEB.has(url.protocol)) return false;
    const isOfMachine = addresses.has(plainHost(url.hostname));
    return own.some((one) => portOf(one) === portOf(url) && (isOfMachine || isSameHost(one.hostname, url.hostname)));
  };
}

const WEB: ReadonlyMap<string, string> = new Map([
  ['http:', '80'],
  ['ws:', '80'],
  ['https:', '443'],
  ['wss:', '443'],
]);

const portOf = ({ port, protocol }: URL): string => (port === '' ? (WEB.get(protocol) ?? '') : port);

function isSameHost(a: string, b: string): boolean {
  const [one, other] = [plainHost(a), plainHost(b)];
  return one === other || (isLoopback(one) && isLoopback(other));
}

/** One spelling of a host: without the dot of the root, and IPv4 as such where it is mapped to IPv6. */
function plainHost(host: string): string {
  const [, high, low] = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return host.replace(/\.$/, '');
  const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex');
  return [...bytes].join('.');
}

const isLoopback = (host: string): boolean =>
  /^(?:(?:.+\.)?localhost|ip6-localhost|ip6-loopback|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/.test(host);
