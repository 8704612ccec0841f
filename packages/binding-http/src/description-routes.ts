import type { Site, Thing } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import { negotiate } from './answers.js';
import type { Call, Router } from './call.js';
import { toOpenApi } from './open-api.js';
import { createPreparedAnswers, type PreparedAnswer, sendPrepared, visibilityOf } from './prepared-answers.js';

/** Bytes of Thing Descriptions, and of OpenAPI documents, that are kept. */
const MOST_KEPT = 32 * 1024 * 1024;

/**
 * Adds the addresses of what describes: each Thing's TD, all of them (Discovery, section 6.2), the OpenAPI document. Each shows
 * what its caller may see, at the origin that the caller used.
 */
export function addDescriptionRoutes(router: Router, site: Site, listener: Listener): void {
  const descriptions = createPreparedAnswers<Thing>(MOST_KEPT);
  const documents = createPreparedAnswers<Site>(MOST_KEPT / 4);
  let version = 0;
  site.changes.subscribe(() => version++);

  const describe = (thing: Thing, { request, caller: { principal } }: Call): PreparedAnswer => {
    const origin = listener.originOf(request.raw);
    const key = `${thing.id} ${origin} ${visibilityOf(principal)}`;
    return descriptions.get(thing, key, () => site.describe(thing, origin, principal));
  };

  const visible = ({ caller: { principal } }: Call): readonly Thing[] =>
    [...site.things.values()].filter((thing) => site.isVisible(thing, principal));

  router.addForThing('', {
    GET(call) {
      const type = negotiate(call, ['application/td+json', 'application/json']);
      sendPrepared(call, describe(call.thing, call), type);
    },
  });

  router.add('/things', {
    GET(call) {
      const type = negotiate(call, ['application/ld+json', 'application/json']);
      const parts = visible(call).flatMap((thing, i) => [
        Buffer.from(i === 0 ? '[' : ','),
        describe(thing, call).bytes,
      ]);
      const bytes = Buffer.concat([...(parts.length === 0 ? [Buffer.from('[')] : parts), Buffer.from(']')]);
      call.reply.header('content-type', type).header('cache-control', 'private, no-cache').send(bytes);
    },
  });

  router.add('/openapi.json', {
    GET(call) {
      const type = negotiate(call, ['application/json', 'application/openapi+json']);
      const { principal } = call.caller;
      const origin = listener.originOf(call.request.raw);
      const key = `${version} ${origin} ${visibilityOf(principal)}`;
      const make = (): unknown =>
        toOpenApi(
          visible(call).map((thing) => ({ name: thing.name, description: site.describe(thing, origin, principal) })),
          { origin, security: site.security },
        );
      sendPrepared(call, documents.get(site, key, make), type);
    },
  });
}
