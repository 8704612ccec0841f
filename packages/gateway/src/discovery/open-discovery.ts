import { type Log, silent } from '@thingwright/core';
import { type DnsSD, type MulticastOptions, openDnsSD, WELL_KNOWN_PATH } from '@thingwright/directory/introduction';
import type { Declined } from '@thingwright/store';
import type { Adoptions } from '../adoption/adoptions.js';
import type { ReachableAddresses } from '../adoption/reachable-addresses.js';
import { createDiscovery, type Discovery } from './discovery.js';
import type { DiscoverySetting } from './discovery-setting.js';
import type { Finder } from './finder.js';
import { createStrangerFetch } from './stranger-fetch.js';
import { createWotFinder } from './wot-finder.js';

/** What a gateway looks for, and with what. */
export interface OpenDiscoveryOptions extends DiscoverySetting {
  /** UDP port of multicast DNS; for tests, since all others use 5353. */
  readonly multicastPort?: number;
}

/** What there is of a gateway to look with. */
export interface DiscoveryHost {
  readonly gatewayID: string;
  readonly addresses: ReachableAddresses;
  readonly adoptions: Adoptions;
  /** What somebody let go of. */
  readonly declined: Declined;
  /** Finders of devices that are no W3C Things. */
  readonly others: readonly Finder[];
  readonly log?: Log;
}

/** What is open. Disposing says goodbye, and stops looking. */
export interface OpenDiscovery extends Omit<Discovery, 'begin'> {
  /** The gateway is there, at this base URL: begins to adopt by the policy, and to announce it, as far as that is wanted. */
  begin(url: string): void;
}

/**
 * Opens what is asked for. Rejects with a ThingError `unavailable` for a network interface that is none, or on which nothing can be heard.
 */
export async function openDiscovery(options: OpenDiscoveryOptions, host: DiscoveryHost): Promise<OpenDiscovery> {
  const { discovery: mechanisms = [], discoveryUrls = [], discoveryAdopt = false, announce = false } = options;
  const { discoveryInterfaces } = options;
  const { gatewayID, addresses, adoptions, declined, others, log = silent } = host;
  const before = await declined.list();
  const looks = mechanisms.includes('dns-sd');
  const dns = looks || announce ? await openDnsSD(multicastOf(options, log)) : undefined;
  const browser = looks ? dns?.browse() : undefined;
  const web = createWotFinder({
    browser,
    urls: discoveryUrls,
    ...createStrangerFetch(addresses),
    adoptions,
    gatewayID,
    log,
  });
  const discovery = createDiscovery({
    web,
    others,
    adoptsAll: discoveryAdopt,
    declined: { before, kept: declined },
    log,
  });
  let announcing: Promise<void> | undefined;
  return {
    ...discovery,
    begin(url) {
      discovery.begin();
      if (!announce || !dns) return;
      if (isForThisMachine(url) && !discoveryInterfaces?.every((address) => address.startsWith('127.'))) {
        log.warn({ url }, 'the gateway is not announced: nobody on the network could reach it there');
        return;
      }
      announcing = announceGateway(dns, { url, gatewayID, log }).catch((error: unknown) => {
        log.warn({ error }, 'the gateway cannot be announced');
      });
    },
    async [Symbol.asyncDispose]() {
      await discovery[Symbol.asyncDispose]();
      await announcing;
      await dns?.[Symbol.asyncDispose]();
    },
  };
}

const isForThisMachine = (url: string): boolean => /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);

function multicastOf({ discoveryInterfaces, multicastPort }: OpenDiscoveryOptions, log: Log): MulticastOptions {
  return {
    log,
    ...(discoveryInterfaces ? { interfaces: discoveryInterfaces } : {}),
    ...(multicastPort === undefined ? {} : { port: multicastPort }),
  };
}

/**
 * The gateway is a directory, and announced as that alone: what it has is for those who may see it. Its name tells nothing but which of
 * several it is.
 */
async function announceGateway(
  dns: DnsSD,
  { url, gatewayID, log }: { readonly url: string; readonly gatewayID: string; readonly log: Log },
): Promise<void> {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  // An address is no name for a host: then this machine's own is told.
  const isName = /[a-z]/i.test(hostname) && !hostname.startsWith('[') && hostname !== 'localhost';
  const name = `Thingwright ${gatewayID.replace(/^urn:uuid:/, '').slice(0, 8)}`;
  const { name: announced } = await dns.announce({
    name,
    ...(isName ? { host: hostname } : {}),
    port: Number(port) || (scheme === 'https' ? 443 : 80),
    td: WELL_KNOWN_PATH,
    type: 'Directory',
    scheme,
  });
  log.info({ announced, url }, 'the gateway announces itself');
}
