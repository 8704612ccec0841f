import type { IncomingMessage } from 'node:http';
import type { Listener } from '@thingwright/listener';

/** The origins by which a server is known: that of the caller, and those of its doors. */
export function originsOf({ url, tlsUrl, originOf }: Listener, request: IncomingMessage): readonly string[] {
  return [...new Set([originOf(request), url, tlsUrl ?? ''])].filter((origin) => origin !== '');
}

/** Tells whether a URL leads to a server of these origins, over whichever protocol it has a port in common with them. */
export function ownServer(origins: readonly string[]): (url: URL) => boolean {
  const own = origins.map((origin) => new URL(origin));
  return (url) =>
    WEB.has(url.protocol) && own.some((one) => portOf(one) === portOf(url) && isSameHost(one.hostname, url.hostname));
}

const WEB: ReadonlyMap<string, string> = new Map([
  ['http:', '80'],
  ['ws:', '80'],
  ['https:', '443'],
  ['wss:', '443'],
]);

const portOf = ({ port, protocol }: URL): string => (port === '' ? (WEB.get(protocol) ?? '') : port);

const isSameHost = (a: string, b: string): boolean => a === b || (isLoopback(a) && isLoopback(b));

const isLoopback = (host: string): boolean =>
  /^(?:localhost|.+\.localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])\.?$/.test(host);
