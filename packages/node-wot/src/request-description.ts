import type { ClientCredentials } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { type Addressable, addressed } from './addressed.js';

/** How a Thing Description is asked for. */
export interface DescriptionRequest {
  readonly fetch: typeof fetch;
  readonly credentials: ClientCredentials;
}

/**
 * Fetches a Thing Description over HTTP from where a WebSocket is, with the addresses of its affordances in the forms. Rejects
 * with a ThingError: `unauthenticated`, `forbidden`, `notFound`, `protocol` for what is no TD, `disconnected`.
 */
export async function requestDescription(
  uri: string,
  { fetch, credentials }: DescriptionRequest,
): Promise<Addressable> {
  const url = uri.replace(/^ws/i, 'http');
  const response = await fetch(url, {
    headers: { Accept: 'application/td+json, application/json;q=0.9', ...authorization(credentials) },
  }).catch((cause: unknown) => {
    throw new ThingError('disconnected', `${url} cannot be reached`, { cause });
  });
  const { status } = response;
  if (status === 401) throw new ThingError('unauthenticated', `${url} asks for credentials`);
  if (status === 403) throw new ThingError('forbidden', `${url} is not for these credentials`);
  if (status === 404) throw new ThingError('notFound', `There is nothing at ${url}`);
  const td: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  if (!isDescription(td))
    throw new ThingError('protocol', `There is no Thing Description at ${url} (status ${status})`);
  return addressed(td.base === undefined ? { ...td, base: url } : td);
}

const isDescription = (value: unknown): value is Addressable =>
  typeof value === 'object' && value !== null && 'title' in value && (!('id' in value) || typeof value.id === 'string');

function authorization({ token, basic }: ClientCredentials): Readonly<Record<string, string>> {
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (basic) return { Authorization: `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}` };
  return {};
}
