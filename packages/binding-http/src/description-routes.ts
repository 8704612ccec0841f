import type { Site } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import { negotiate } from './answers.js';
import type { Router } from './call.js';
import type { Descriptions } from './descriptions.js';
import { toOpenApi } from './open-api.js';
import { createPreparedAnswers, sendPrepared, visibilityOf } from './prepared-answers.js';

/** Bytes of OpenAPI documents that are kept. */
const MOST_KEPT = 8 * 1024 * 1024;

/** What the addresses of descriptions are made of. */
export interface DescriptionSources {
  readonly site: Site;
  readonly listener: Listener;
  readonly descriptions: Descriptions;
}

/**
 * Adds the addresses of what describes: each Thing's TD, all of them (Discovery, section 6.2), the OpenAPI document. Each shows
 * what its caller may see, at the origin that the caller used.
 */
export function addDescriptionRoutes(
  router: Router,
  { site, listener, descriptions }: DescriptionSources,
  listing: boolean,
): void {
  const documents = createPreparedAnswers<Site>(MOST_KEPT);
  let version = 0;
  site.changes.subscribe(() => version++);

  router.addForThing('', {
    GET(call) {
      const type = negotiate(call, ['application/td+json', 'application/json']);
      sendPrepared(call, descriptions.of(call.thing, call), type);
    },
  });

  if (listing) addListing(router, descriptions);

  router.add('/openapi.json', {
    GET(call) {
      const type = negotiate(call, ['application/json', 'application/openapi+json']);
      const { principal } = call.caller;
      const origin = listener.originOf(call.request.raw);
      const key = `${version} ${origin} ${visibilityOf(principal)}`;
      const make = (): unknown =>
        toOpenApi(
          descriptions
            .visible(call)
            .map((thing) => ({ name: thing.name, description: site.describe(thing, origin, principal) })),
          { origin, security: site.security },
        );
      sendPrepared(call, documents.get(site, key, make), type);
    },
  });
}

function addListing(router: Router, descriptions: Descriptions): void {
  router.add('/things', {
    GET(call) {
      const type = negotiate(call, ['application/ld+json', 'application/json']);
      const parts = descriptions
        .visible(call)
        .flatMap((thing, i) => [Buffer.from(i === 0 ? '[' : ','), descriptions.of(thing, call).bytes]);
      const bytes = Buffer.concat([...(parts.length === 0 ? [Buffer.from('[')] : parts), Buffer.from(']')]);
      call.reply.header('content-type', type).header('cache-control', 'private, no-cache').send(bytes);
    },
  });
}
