import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Now } from '@thingwright/core';

/** How the addresses of a machine are found out. */
export interface OwnAddressesOptions {
  /** The network interfaces of now. Default those that the system tells. */
  readonly interfaces?: () => Readonly<
    Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family'>[] | undefined>
  >;
  readonly now?: Now;
}

/** Milliseconds for which an answer holds: interfaces come and go, but to ask for them takes longer than to check a description. */
const HOLDS_FOR = 5000;

/** Gives the addresses of this machine, as they stand in URLs (IPv6 in brackets); looked up when they are asked for. */
export function createOwnAddresses(options: OwnAddressesOptions = {}): () => ReadonlySet<string> {
  const { interfaces = networkInterfaces, now = Date.now } = options;
  let known: ReadonlySet<string> = new Set();
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    // A clock that was set back counts as time that has passed.
    const age = now() - askedAt;
    if (age >= 0 && age < HOLDS_FOR) return known;
    askedAt = now();
    const addresses = Object.values(interfaces()).flatMap((group) => group ?? []);
    known = new Set(addresses.map(({ address, family }) => (family === 'IPv6' ? inURL(address) : address)));
    return known;
  };
}

/** An IPv6 address as the parser of URLs spells it, which knows no zones. */
const inURL = (address: string): string => new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname;
