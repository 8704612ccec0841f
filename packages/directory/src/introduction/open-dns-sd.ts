import { type Announced, type Announcement, type AnnounceOptions, announceDnsSD } from './announce-dns-sd.js';
import { type BrowseOptions, type Browser, browseDnsSD } from './browse-dns-sd.js';
import { type MulticastOptions, openMulticastLinks } from './multicast-link.js';

/** DNS-SD on the network interfaces that were chosen. Disposing ends what browses and announces, with a goodbye. */
export interface DnsSD extends AsyncDisposable {
  /** Looks for what announces itself (`_wot._tcp`, and its directories), until it is disposed or this is. */
  browse(options?: BrowseOptions): Browser;
  /**
   * Announces a Thing or a directory, under a name that nobody has there, until it is disposed or this is. Rejects with a ThingError
   * `conflict` if every name that it tries is taken.
   */
  announce(announcement: Announcement, options?: AnnounceOptions): Promise<Announced>;
}

/**
 * Opens multicast DNS on each interface (RFC 6762). Rejects with a ThingError `unavailable`, and with nothing open, where one of them
 * is none or its port cannot be had.
 */
export async function openDnsSD(options: MulticastOptions = {}): Promise<DnsSD> {
  const links = await openMulticastLinks(options);
  const browsers = new Set<Browser>();
  const announced = new Set<Announced>();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    for (const browser of browsers) browser[Symbol.dispose]();
    await Promise.all([...announced].map((one) => one[Symbol.asyncDispose]()));
    await Promise.all(links.map((link) => link[Symbol.asyncDispose]()));
  };
  return {
    browse(given) {
      const browser = browseDnsSD(links, given);
      browsers.add(browser);
      return browser;
    },
    async announce(announcement, given) {
      const one = await announceDnsSD(announcement, links, { ...options, ...given });
      announced.add(one);
      return one;
    },
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}
