import { isIPv4 } from 'node:net';
import { type Given, list, truth } from '../setting.js';

/** What a gateway can look for on its network. */
export const MECHANISMS = ['dns-sd', 'printers'] as const;

/** One of {@link MECHANISMS}. */
export type DiscoveryMechanism = (typeof MECHANISMS)[number];

/** How devices are found that nobody typed in. Absent: none are looked for, and only what somebody names is looked at. */
export interface DiscoverySetting {
  /** What is looked for. */
  readonly discovery?: readonly DiscoveryMechanism[];
  /** IPv4 addresses of the network interfaces on which it is; absent: all but loopback. */
  readonly discoveryInterfaces?: readonly string[];
  /** Servers that are looked at from the start. */
  readonly discoveryUrls?: readonly string[];
  /** Whether what is found becomes a Thing at once. Default false. */
  readonly discoveryAdopt?: boolean;
  /** Whether the gateway announces itself by DNS-SD. Default false. */
  readonly announce?: boolean;
}

const isMechanism = (value: string): value is DiscoveryMechanism => MECHANISMS.some((one) => one === value);

const isServer = (value: string): boolean => /^https?:\/\//.test(value) && URL.canParse(value);

/** Reads the settings of discovery. @throws ThingError `invalid` that names what will not do. */
export function readDiscoverySetting(given: {
  readonly mechanisms: Given | undefined;
  readonly interfaces: Given | undefined;
  readonly urls: Given | undefined;
  readonly adopt: Given | undefined;
  readonly announce: Given | undefined;
}): DiscoverySetting {
  const { mechanisms, interfaces, urls, adopt, announce } = given;
  return {
    ...(mechanisms ? { discovery: list(isMechanism, 'one of dns-sd, printers')(mechanisms).filter(isMechanism) } : {}),
    ...(interfaces ? { discoveryInterfaces: list(isIPv4, 'an IPv4 address of this machine')(interfaces) } : {}),
    ...(urls ? { discoveryUrls: list(isServer, 'a URL such as http://192.168.1.20')(urls) } : {}),
    ...(adopt ? { discoveryAdopt: truth(adopt) } : {}),
    ...(announce ? { announce: truth(announce) } : {}),
  };
}
