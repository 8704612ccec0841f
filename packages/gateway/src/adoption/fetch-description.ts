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

/**
 * Fetches a stranger's Thing Description over HTTP. Credentials go to the origin of the URL alone. Rejects with a ThingError:
 * `invalid` for what is no HTTP URL or no JSON, `forbidden` for an address that may not be reached, `unavailable` where
 * nobody answers, or the answer is a refusal, `protocol` for what is no answer, `tooLarge`, `timeout`.
 */
export async function fetchForeignDescription(
  url: string,
  {
    addresses,
    credentials,
  }: { readonly addresses: ReachableAddresses; readonly credentials?: ForeignCredentials | undefined },
): Promise<FetchedDescription> {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new ThingError('invalid', `'${url}' is no URL of a Thing Description: http and https are fetched`);
  }
  const { origin, username, password } = new URL(url);
  if (username !== '' || password !== '') {
    throw new ThingError('invalid', `Credentials do not belong into the URL of a Thing at ${origin}: give them apart`);
  }
  const fetch = createGuardedFetch(addresses, { bodySize: MOST_BYTES });
  const signal = AbortSignal.timeout(PATIENCE);
  let from = url;
  for (let redirections = 0; redirections <= MOST_REDIRECTIONS; redirections++) {
    const authorization = new URL(from).origin === origin ? authorizationOf(credentials) : {};
    const headers = { accept: MEDIA_TYPES, ...authorization };
    const { status, text, location } = await answerOf(fetch, from, { headers, signal });
    if (status >= 300 && status < 400 && location !== null && URL.canParse(location, from)) {
      from = new URL(location, from).href;
      if (!/^https?:/.test(from)) throw new ThingError('invalid', `${url} leads to ${from}, which is not fetched`);
      continue;
    }
    if (status !== 200) throw new ThingError('unavailable', `${from} answers with status ${status}`);
    const td = parseJSON(text);
    if (td === undefined) throw new ThingError('invalid', `There is no JSON at ${from}`);
    return { td, from };
  }
  throw new ThingError('invalid', `${url} leads on and on`);
}

async function answerOf(fetch: typeof globalThis.fetch, url: string, init: RequestInit) {
  try {
    const answer = await fetch(url, init);
    return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
  } catch (cause) {
    if (cause instanceof ThingError) throw cause;
    if (init.signal?.aborted) throw new ThingError('timeout', `${url} did not answer in ${PATIENCE} ms`, { cause });
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
