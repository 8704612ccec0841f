import { Readable } from 'node:stream';
import { type Call, negotiate, type Router } from '@thingwright/binding-http';
import { ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { Asked, DirectoryDesk } from './directory-desk.js';
import { DISCOVERY_CONTEXT } from './enriched.js';
import { originsOf, ownServer } from './own-server.js';
import type { Reader } from './own-things.js';
import { addressOf, linksOf, nextOf, type Page, readPage } from './page.js';
import { readPreconditions } from './preconditions.js';
import { readQuery } from './query.js';
import type { Item, Shelf } from './shelf.js';

/** Media types of TDs. */
export const TD_TYPES = ['application/td+json', 'application/json', 'application/ld+json'] as const;

/** Media type of JSON Merge Patches (RFC 7396). */
export const PATCH_TYPE = 'application/merge-patch+json';

/** What is listed, and who changes it. */
export interface ThingParts {
  readonly listener: Listener;
  readonly shelf: Shelf;
  readonly desk: DirectoryDesk;
  /** The addresses of this machine, as they stand in URLs. */
  readonly addresses: () => ReadonlySet<string>;
}

/** Adds `/things` and `/things/{id}` (Discovery, section 7.3.2.1). */
export function addThingRoutes(router: Router, { listener, shelf, desk, addresses }: ThingParts): void {
  const readerOf = ({ request, caller }: Call): Reader => ({
    principal: caller.principal,
    origin: listener.originOf(request.raw),
  });
  const asked = ({ request, caller }: Call): Asked => ({
    caller,
    isOwn: ownServer(originsOf(listener, request.raw), addresses()),
    preconditions: readPreconditions(request.headers),
  });

  router.add('/things', {
    GET(call) {
      const type = negotiate(call, ['application/ld+json', 'application/json']);
      const page = readPage(call.request.url);
      const items = shelf.list(call.caller.principal);
      if (page.isPart) {
        const ids = items.map(({ id }) => id);
        call.reply.header('link', linksOf(page, ids));
      }
      const body = Readable.from(listOf(shelf, { items, page, reader: readerOf(call) }), { objectMode: false });
      call.reply.header('content-type', type).header('cache-control', 'private, no-cache').send(body);
    },
    async POST(call) {
      refuseQuery(call);
      const { id, etag } = await desk.create(bodyOf(call, TD_TYPES), asked(call));
      call.reply.code(201).header('location', `/things/${id}`).header('etag', etag).send();
    },
  });

  const ofOne = {
    GET(call: Call) {
      const type = negotiate(call, TD_TYPES);
      refuseQuery(call);
      const { principal } = call.caller;
      const item = shelf.get(idOf(call, listener), principal);
      const bytes = shelf.json(item, readerOf(call));
      // Those of own Things are for nobody to change; and no 304, for when it was retrieved is part of it.
      const etag = shelf.etagOf(item, principal);
      if (etag !== undefined) call.reply.header('etag', etag);
      call.reply.header('content-type', type).header('cache-control', 'private, no-cache').send(bytes);
    },
    async PUT(call: Call) {
      refuseQuery(call);
      const what = await desk.put(idOf(call, listener), bodyOf(call, TD_TYPES), asked(call));
      // Without an ETag: it is kept otherwise than it came (RFC 9110, section 9.3.4).
      call.reply.code(what === 'created' ? 201 : 204).send();
    },
    async PATCH(call: Call) {
      refuseQuery(call);
      const { etag } = await desk.patch(idOf(call, listener), bodyOf(call, [PATCH_TYPE]), asked(call));
      call.reply.code(204).header('etag', etag).send();
    },
    async DELETE(call: Call) {
      refuseQuery(call);
      await desk.remove(idOf(call, listener), asked(call));
      call.reply.code(204).send();
    },
  };
  // Names of Things have no colon, and ids of any kind have one.
  router.add('/things/:id(^.*:.*$)', ofOne);
  // Ids that are URLs, slashes and all, and such that are too long for a parameter.
  router.add('/things/*', ofOne);
}

/** A list as JSON, in pieces. */
async function* listOf(
  shelf: Shelf,
  { items, page, reader }: { readonly items: readonly Item[]; readonly page: Page; readonly reader: Reader },
): AsyncGenerator<Buffer> {
  const { offset, limit, format } = page;
  const shown = items.slice(offset, limit === undefined ? undefined : offset + limit);
  const next = nextOf(page, items.length);
  const collection = {
    '@context': DISCOVERY_CONTEXT,
    '@type': 'ThingCollection',
    '@id': addressOf(page),
    total: items.length,
    ...(next ? { next: addressOf(next) } : {}),
  };
  const [head, tail] =
    format === 'array' ? ['[', ']'] : [`${JSON.stringify(collection).slice(0, -1)},"members":[`, ']}'];
  yield Buffer.from(head);
  yield* shelf.elements(shown, reader);
  yield Buffer.from(tail);
}

const refuseQuery = ({ request }: Call): void => void readQuery(request.url, []);

/** @throws ThingError `unsupportedMedia` for a body of a type that is for another method. */
function bodyOf({ request }: Call, types: readonly string[]): unknown {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && types.includes(type)) return request.body;
  throw new ThingError(
    'unsupportedMedia',
    `This method takes ${types.join(', ')}, not ${type?.slice(0, 100) ?? 'a body of no type'}`,
  );
}

const PREFIX = '/things/';

/**
 * The id in a path: all of what follows `/things/`, decoded once. It may itself be the address of a TD here, as some clients put the
 * `Location` that they were given after `/things/`.
 */
function idOf({ request }: Call, listener: Listener): string {
  const [path = ''] = request.url.split('?', 1);
  const id = decodeURIComponent(path.slice(PREFIX.length));
  const prefixes = [...originsOf(listener, request.raw).map((origin) => origin + PREFIX), PREFIX];
  const address = prefixes.find((prefix) => id.startsWith(prefix));
  return address === undefined ? id : id.slice(address.length);
}
