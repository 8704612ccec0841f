import { type Introduction, LINKS_PATH, mergeIntroductions, WELL_KNOWN_PATH } from './introduction.js';
import { introductionsOf, parseLinks } from './link-format.js';

/** Fetches a stranger's text without credentials, within limits. Rejects with a ThingError. */
export type FetchText = (
  url: string,
  signal?: AbortSignal,
) => Promise<{ readonly text: string; readonly from: string }>;

/**
 * Where a server that somebody named may have Thing Descriptions: the URL itself if it has a path, else the well-known one, and what it
 * links to in the CoRE Link Format. @throws TypeError for what is no URL of HTTP.
 */
export async function introduceServer(
  given: string,
  { fetchText, signal }: { readonly fetchText: FetchText; readonly signal?: AbortSignal },
): Promise<readonly Introduction[]> {
  const url = new URL(given);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`'${given}' is no URL of HTTP`);
  if (url.pathname !== '/' || url.search !== '') return [{ url: url.href, type: 'Thing', mechanism: 'direct' }];
  const wellKnown: Introduction = { url: new URL(WELL_KNOWN_PATH, url).href, type: 'Thing', mechanism: 'well-known' };
  try {
    const { text, from } = await fetchText(new URL(LINKS_PATH, url).href, signal);
    return mergeIntroductions([wellKnown, ...introductionsOf(parseLinks(text), from)]);
  } catch {
    // Few servers have links; whether there is anything at all the well-known URL tells.
    return [wellKnown];
  }
}
