import { parseJSON, ThingError } from '@thingwright/core';
import type { ForeignCredentials } from './adopter.js';
import { createGuardedFetch } from './guarded-fetch.js';
import type { ReachableAddresses } from './reachable-addresses.js';

/** A document that was fetched, and from where in the end. */
export interface FetchedDescription {
  readonly td: unknown;
  readonly from: string;
}

const MOST_BYTES = 1024 * 1024;
const MOST_REDIRECTIONS = 5;
/** Milliseconds for all of it. */
const PATIENCE = 10_000;
const MEDIA_TYPES = 'application/td+json, application/ld+json;q=0.9, application/json;q=0.8';

/** A text that was fetched. */
export interface FetchedText {
  readonly text: string;
  /** From where in the end. */
  readonly from: string;
  /** Its header `Link`. */
  readonly link: string | null;
}

/** How a stranger's document is fetched. */
export interface FetchOptions {
  readonly addresses: ReachableAddresses;
  readonly credentials?: ForeignCredentials | undefined;
  /** Media types. Default: those of a Thing Description. */
  readonly accept?: string;
  /** Whether another host may be where it is; default true. What nobody has asked for stays with the host that it is of. */
  readonly otherHosts?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it; default 10,000. */
  readonly patience?: number;
}

/**
 * Fetches a stranger's Thing Description over HTTP. Credentials go to the origin of the URL alone. Rejects with a ThingError:
 * `invalid` for what is no HTTP URL or no JSON, `forbidden` for an address that may not be reached, `unavailable` where
 * nobody answers, or the answer is a refusal, `protocol` for what is no answer, `tooLarge`, `timeout`.
 */
export async function fetchForeignDescription(url: string, options: FetchOptions): Promise<FetchedDescription> {
  const { text, from } = await fetchForeignText(url, options);
  const td = parseJSON(text);
  if (td === undefined) throw new ThingError('invalid', `There is no JSON at ${from}`);
  return { td, from };
}

/** The same for a text of any kind. */
export async function fetchForeignText(url: string, options: FetchOptions): Promise<FetchedText> {
  const { addresses, credentials, accept = MEDIA_TYPES, otherHosts = true, patience = PATIENCE } = options;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new ThingError('invalid', `'${url}' is no URL of a Thing Description: http and https are fetched`);
  }
  const { origin, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') {
    throw new ThingError('invalid', `Credentials do not belong into the URL of a Thing at ${origin}: give them apart`);
  }
  const fetch = createGuardedFetch(addresses, { bodySize: MOST_BYTES });
  const ends = [AbortSignal.timeout(patience), ...(options.signal ? [options.signal] : [])];
  const signal = AbortSignal.any(ends);
  let from = url;
  for (let redirections = 0; redirections <= MOST_REDIRECTIONS; redirections++) {
    const authorization = new URL(from).origin === origin ? authorizationOf(credentials) : {};
    const headers = { accept, ...authorization };
    const { status, location, ...answer } = await answerOf(fetch, from, { headers, signal, patience });
    if (status >= 300 && status < 400 && location !== null && URL.canParse(location, from)) {
      from = new URL(location, from).href;
      if (!/^https?:/.test(from)) throw new ThingError('invalid', `${url} leads to ${from}, which is not fetched`);
      if (otherHosts || new URL(from).hostname === hostname) continue;
      throw new ThingError('forbidden', `${url} leads to another host: ${from}`);
    }
    if (status !== 200) throw new ThingError('unavailable', `${from} answers with status ${status}`);
    return { ...answer, from };
  }
  throw new ThingError('invalid', `${url} leads on and on`);
}

async function answerOf(
  fetch: typeof globalThis.fetch,
  url: string,
  { patience, ...init }: RequestInit & { readonly patience: number },
) {
  try {
    const answer = await fetch(url, init);
    const { status, headers } = answer;
    return { status, location: headers.get('location'), link: headers.get('link'), text: await answer.text() };
  } catch (cause) {
    if (cause instanceof ThingError) throw cause;
    if (init.signal?.aborted) throw new ThingError('timeout', `${url} did not answer in ${patience} ms`, { cause });
    throw new ThingError('unavailable', `${url} cannot be reached`, { cause });
  }
}

function authorizationOf({ token, username, password = '' }: ForeignCredentials = {}): {
  readonly authorization?: string;
} {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
