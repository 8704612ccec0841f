import multipart from '@fastify/multipart';
import { ThingError } from '@thingwright/core';
import { acceptJsonBodies, type Binding } from '@thingwright/listener';
import type { FastifyInstance } from 'fastify';
import type { ImageContents } from '../catalogue.js';
import { createCampaignDesk } from '../desk/campaign-desk.js';
import { createCatalogueDesk } from '../desk/catalogue-desk.js';
import type { DeskParts } from '../desk/desk-parts.js';
import { createUpgradeDesk } from '../desk/upgrade-desk.js';
import type { ImageKeys } from '../image-signature.js';
import type { UpgraderRights } from '../upgrader-rights.js';
import type { ApiParts } from './api-parts.js';
import { addBatchRoutes } from './batch-routes.js';
import { addBuildRoutes } from './build-routes.js';
import { identifyCallers } from './callers.js';
import { addCategoryRoutes } from './category-routes.js';
import { addDeviceRoutes } from './device-routes.js';
import { PREFIX } from './entry-objects.js';
import { addImageRoutes } from './image-routes.js';
import { addMassUpgradeRoutes } from './mass-upgrade-routes.js';
import { addOperationRoutes } from './operation-routes.js';
import { answerAsRest } from './rest-errors.js';
import { addTokenRoute, type SignIn } from './token-route.js';
import { type TellRequest, tellRequests } from './told-requests.js';

/** What the REST API needs of the program that serves it. */
export interface UpgraderRoutesOptions extends DeskParts {
  readonly contents: ImageContents;
  readonly rights: UpgraderRights;
  /** Absent: there are no tokens to be had with a password. */
  readonly signIn?: SignIn;
  /** Bytes of an image. Default 31,457,280. */
  readonly maxImageSize?: number;
  /** Is told of what people ask to be changed. */
  readonly tell?: TellRequest;
  /** Only images that are signed with one of these keys are taken. Default none: then they may be signed, and only devices check it. */
  readonly imageKeys?: ImageKeys;
}

const MAX_IMAGE = 31_457_280;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Adds the REST API at `/api/v1/firmware-upgrader/`, and `/api/v1/users/token/`, for the programs that know them (reference, section 8): views of the
 * same record, for those whom the rights let. Retrying, pausing and their kin are ours.
 */
export function upgraderRoutes(options: UpgraderRoutesOptions): Binding {
  const { rights, signIn, tell, maxImageSize = MAX_IMAGE, imageKeys = new Map(), ...desk } = options;
  return {
    open(site, listener) {
      listener.fastify.register(
        async (app) => {
          answerAsRest(app, site.log);
          acceptJsonBodies(app);
          await app.register(multipart);
          identifyCallers(app, { listener, rights, now: desk.now });
          if (tell) tellRequests(app, listener, tell);
          const upgrades = createUpgradeDesk(desk);
          const entries = createCatalogueDesk({ ...desk, upgrades });
          const campaigns = createCampaignDesk(desk);
          addAll({ ...desk, app, listener, maxImageSize, imageKeys, upgrades, entries, campaigns });
        },
        { prefix: PREFIX },
      );
      if (!signIn) return;
      listener.fastify.register(
        (app, _options, done) => {
          answerAsRest(app, site.log);
          addTokenRoute(app, listener, signIn);
          done();
        },
        { prefix: '/api/v1/users' },
      );
    },
  };
}

function addAll(parts: ApiParts): void {
  const methods = new Map<string, Set<string>>();
  parts.app.addHook('onRoute', ({ routePath, method }) => {
    const known = methods.get(routePath) ?? new Set();
    methods.set(routePath, known);
    for (const one of [method].flat()) known.add(one);
  });
  addCategoryRoutes(parts);
  addBuildRoutes(parts);
  addMassUpgradeRoutes(parts);
  addImageRoutes(parts);
  addBatchRoutes(parts);
  addOperationRoutes(parts);
  addDeviceRoutes(parts);
  refuseOthers(parts.app, new Map(methods));
}

/** Has other methods of addresses that there are answered with 405, as clients expect it. */
function refuseOthers(app: FastifyInstance, known: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of known) {
    const missing = METHODS.filter((method) => !methods.has(method));
    if (missing.length === 0) continue;
    const allowed = [...methods].join(', ');
    app.route({
      method: [...missing],
      url,
      async handler(request, reply) {
        reply.header('allow', allowed);
        throw new ThingError('notAllowed', `Method "${request.method}" not allowed.`);
      },
    });
  }
}
