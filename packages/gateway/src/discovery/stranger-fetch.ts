import { parseJSON, ThingError } from '@thingwright/core';
import { type FetchDocument, type FetchText, LINK_FORMAT } from '@thingwright/directory/introduction';
import { type FetchedText, fetchForeignText } from '../adoption/fetch-description.js';
import type { ReachableAddresses } from '../adoption/reachable-addresses.js';

/** How what strangers introduce is fetched: without credentials, with no redirection to another host, within limits of size and time. */
export interface StrangerFetch {
  readonly fetchDocument: FetchDocument;
  readonly fetchText: FetchText;
}

/** Makes one that reaches those addresses alone. */
export function createStrangerFetch(addresses: ReachableAddresses): StrangerFetch {
  const fetch = (url: string, accept: string | undefined, signal: AbortSignal | undefined): Promise<FetchedText> =>
    fetchForeignText(url, { addresses, otherHosts: false, signal, ...(accept === undefined ? {} : { accept }) });
  return {
    async fetchDocument(url, signal) {
      const { text, from, link } = await fetch(url, undefined, signal);
      const document = parseJSON(text);
      if (document === undefined) throw new ThingError('invalid', `There is no JSON at ${from}`);
      const next = nextPage(link ?? '');
      return { document, from, ...(next === undefined ? {} : { next }) };
    },
    fetchText: (url, signal) => fetch(url, LINK_FORMAT, signal),
  };
}

/** The target of a web link (RFC 8288) with the relation `next`. */
function nextPage(link: string): string | undefined {
  for (const part of link.split(/,(?=\s*<)/)) {
    const [, target, attributes = ''] = /^\s*<([^>]*)>(.*)$/.exec(part) ?? [];
    if (target !== undefined && /;\s*rel\s*=\s*"?next"?\s*(;|$)/i.test(attributes)) return target;
  }
  return undefined;
}
