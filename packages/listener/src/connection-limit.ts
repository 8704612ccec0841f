import { plainAddress } from './origins.js';

/** How many connections one address may have open at once. */
export interface ConnectionLimitOptions {
  /** Default: no limit. */
  readonly perAddress: number | undefined;
  /** Whether the connections of an address are many people's: a proxy's, or those of this machine. */
  isShared(address: string): boolean;
}

/** What of a connection counts; a socket is one. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  once(event: 'close', listener: () => void): unknown;
}

/** Lets connections in as long as their address has few. */
export interface ConnectionLimit {
  /** Tells whether one more may stay; it counts until it closes. */
  admit(peer: Peer): boolean;
}

/** Makes a limit, by {@link networkOf}. */
export function createConnectionLimit({ perAddress, isShared }: ConnectionLimitOptions): ConnectionLimit {
  const open = new Map<string, number>();
  return {
    admit(peer) {
      const address = plainAddress(peer.remoteAddress ?? '');
      if (perAddress === undefined || isShared(address)) return true;
      const key = networkOf(address);
      const count = open.get(key) ?? 0;
      if (count >= perAddress) return false;
      open.set(key, count + 1);
      peer.once('close', () => {
        const left = (open.get(key) ?? 1) - 1;
        if (left > 0) open.set(key, left);
        else open.delete(key);
      });
      return true;
    },
  };
}

/** What of an IP address tells its subscriber from others: all of IPv4, the first 64 bits of IPv6. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [start = '', end] = address.split('::');
  const head = start === '' ? [] : start.split(':');
  const tail = end === undefined || end === '' ? [] : end.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...(end === undefined ? [] : zeros), ...tail].slice(0, 4).join(':');
}
