import { ThingError } from '@thingwright/core';
import type { Target } from './target.js';

/** Gets a JSON document. @throws ThingError with what the server, or the network, had against it. */
export async function fetchJson({ url, token }: Target, accept: string): Promise<unknown> {
  const headers = { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { headers }).catch((error: unknown) => {
    throw new ThingError('unavailable', `${new URL(url).origin} cannot be reached${causeOf(error)}`, { cause: error });
  });
  if (!response.ok) throw refusalOf(url, response.status, await response.text());
  return response.json().catch((error: unknown) => {
    throw new ThingError('protocol', `${url} gives no JSON`, { cause: error });
  });
}

/** What is known of why nobody could be reached. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? `: ${String(cause.code)}` : '';
}

/** What a server had against a request. */
export function refusalOf(url: string, status: number, body: string): ThingError {
  const why = detailOf(body) ?? `it answers ${status}`;
  if (status === 401) return new ThingError('unauthenticated', `${url}: ${why}`);
  return new ThingError(status === 404 ? 'notFound' : 'failed', `${url}: ${why}`);
}

/** What Problem Details say. */
function detailOf(body: string): string | undefined {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem !== 'object' || problem === null || !('detail' in problem)) return undefined;
    return typeof problem.detail === 'string' ? problem.detail : undefined;
  } catch {
    return undefined;
  }
}
