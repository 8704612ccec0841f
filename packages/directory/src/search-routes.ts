import { negotiate, type Router } from '@thingwright/binding-http';
import { type Principal, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { DirectoryAccess } from './access.js';
import type { Search, Searcher } from './search/search.js';
import type { Shelf } from './shelf.js';

/** What is searched, and by what. */
export interface SearchParts {
  readonly listener: Listener;
  readonly shelf: Shelf;
  readonly search: Search;
  readonly access: DirectoryAccess;
}

/**
 * Adds `GET /search/jsonpath?query=`: what a JSONPath (RFC 9535) finds in the array of all TDs that the caller may see (Discovery, section
 * 7.3.2.3, informative).
 */
export function addSearchRoutes(router: Router, { listener, shelf, search, access }: SearchParts): void {
  router.add('/search/jsonpath', {
    async GET(call) {
      const type = negotiate(call, ['application/json']);
      const { request, reply, caller } = call;
      const { principal } = caller;
      const query = queryOf(request.url);
      const reader = { principal, origin: listener.originOf(request.raw) };
      const document = async (): Promise<Buffer> => {
        const parts: Buffer[] = [];
        for await (const part of shelf.elements(shelf.list(principal), reader)) parts.push(part);
        return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')]);
      };
      const found = await search.find(query, document, searcherOf(principal, access));
      if (caller.ended?.aborted) throw new ThingError('forbidden', 'The credentials have ended meanwhile');
      reply.header('content-type', type).header('cache-control', 'no-store').send(Buffer.from(found));
    },
  });
}

/** Readers that register nothing count for the first organization of which they see something. */
function searcherOf(principal: Principal, access: DirectoryAccess): Searcher {
  const { id } = principal;
  const seen = principal.grants.find(({ organization }) => organization !== undefined);
  const organization = access.homeOf(principal) ?? seen?.organization;
  return organization === undefined ? { id } : { id, organization };
}

const START = 'query=';

/**
 * The query of a URL. It often comes as it is, with all of its `&&` and `=`: there is no other parameter, and it goes to the end.
 * @throws ThingError `invalid` if there is none.
 */
function queryOf(url: string): string {
  const start = url.indexOf('?');
  const parameters = start < 0 ? '' : url.slice(start + 1);
  if (!parameters.startsWith(START) || parameters.length === START.length) {
    throw new ThingError('invalid', "The parameter 'query' is missing, a JSONPath");
  }
  try {
    return decodeURIComponent(parameters.slice(START.length).replaceAll('+', ' '));
  } catch {
    throw new ThingError('invalid', 'The query is not percent-encoded UTF-8');
  }
}
