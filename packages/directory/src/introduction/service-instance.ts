import { isIPv6 } from 'node:net';
import type { IntroducedType, Introduction } from './introduction.js';

/** What DNS-SD told of one instance of a service, by SRV and TXT records, and where its target is. */
export interface ServiceInstance {
  /** The name of the instance, without its service and domain. */
  readonly name: string;
  /** The host of the SRV record. */
  readonly target: string;
  readonly port: number;
  /** The strings of the TXT record. */
  readonly txt: readonly string[];
  /** Addresses of the target; the first is used. */
  readonly addresses: readonly string[];
}

/** The keys of a TXT record (WoT Discovery, section 6.3). */
export interface TxtKeys {
  /** Absolute path of the Thing Description. */
  readonly td: string;
  readonly type: IntroducedType;
  readonly scheme: 'http' | 'https';
}

/** The strings of a TXT record: `td` first, then `type`; `scheme` where it is not what it is by default. */
export const txtOf = ({ td, type, scheme }: TxtKeys): readonly string[] => [
  `td=${td}`,
  `type=${type}`,
  ...(scheme === 'http' ? [] : [`scheme=${scheme}`]),
];

/** Labels that people are shown. */
const MOST_LABEL = 200;
const MOST_PATH = 2048;

/**
 * Where an instance's Thing Description is. Undefined for one that does not say so, or not in a way that we could follow: a path
 * that leads to another host, a scheme that is not HTTP.
 */
export function introductionOf({ name, target, port, txt, addresses }: ServiceInstance): Introduction | undefined {
  const keys = keysOf(txt);
  const path = keys.get('td');
  const scheme = keys.get('scheme') ?? 'http';
  if (path === undefined || !path.startsWith('/') || path.length > MOST_PATH) return undefined;
  if ((scheme !== 'http' && scheme !== 'https') || port < 1) return undefined;
  const host = hostOf(target, addresses);
  const origin = `${scheme}://${host}:${port}`;
  if (host === undefined || !URL.canParse(origin)) return undefined;
  const url = new URL(path, origin);
  if (url.origin !== new URL(origin).origin) return undefined;
  const type = keys.get('type')?.toLowerCase() === 'directory' ? 'Directory' : 'Thing';
  return { url: url.href, type, mechanism: 'dns-sd', label: name.slice(0, MOST_LABEL) };
}

/** The first of each key counts, in whatever case; a string without `=` says nothing to us (RFC 6763, section 6.4). */
function keysOf(txt: readonly string[]): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const text of txt) {
    const end = text.indexOf('=');
    const key = text.slice(0, Math.max(end, 0)).toLowerCase();
    if (key !== '' && !keys.has(key)) keys.set(key, text.slice(end + 1));
  }
  return keys;
}

const HOST_NAME = /^[a-z0-9_][a-z0-9_.-]{0,252}$/;

/** Names of the link (`.local`) are asked for by multicast, which nobody but DNS-SD does: their address stands for them. */
function hostOf(target: string, [address]: readonly string[]): string | undefined {
  const host = target.replace(/\.$/, '').toLowerCase();
  const isOfTheLink = host === '' || host.endsWith('.local') || !host.includes('.');
  if (!isOfTheLink) return HOST_NAME.test(host) ? host : undefined;
  return address !== undefined && isIPv6(address) ? `[${address}]` : address;
}
