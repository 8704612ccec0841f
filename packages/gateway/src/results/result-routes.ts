import { type Principal, type Site, type Thing, ThingError } from '@thingwright/core';
import { type Binding, type Part, sendBytes } from '@thingwright/listener';
import type { Files, Results } from '@thingwright/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authenticated, readParameters } from '../export/export-request.js';
import { toResult } from './result-sink.js';

/** Who may invoke this action, which is safe, may have the results. */
const LIST = 'listResults';
const RESULTS = 20;
const MOST_RESULTS = 200;

/**
 * Adds `GET /things/{name}/results`, a page of what a Thing has delivered with the parameters of the action `listResults` in the query,
 * and `GET /things/{name}/results/{result}/{file}`: a file, with ranges.
 */
export const resultRoutes = (results: Pick<Results, 'list' | 'get'>, files: Pick<Files, 'read'>): Binding => ({
  open(site, listener) {
    const { fastify } = listener;

    fastify.get<{ Params: { name: string } }>('/things/:name/results', async (request, reply) => {
      const { principal } = await authenticated(listener, request);
      const thing = thingOf(site, request.params.name, principal);
      const { limit, taskId: taskID, before } = readParameters(request, ['limit', 'taskId', 'before']);
      const most = limit === undefined ? RESULTS : limitOf(limit);
      const found = await results.list(thing.id, { limit: most, taskID, before });
      const items = found.map((record) => toResult(record, thing.name));
      const next = items.length === most ? items.at(-1)?.resultId : undefined;
      return sendPage(request, reply, { items, ...(next === undefined ? {} : { next }) });
    });

    // HEAD is answered here, too: by itself it would read the file to its end.
    fastify.route<{ Params: { name: string; result: string; file: string } }>({
      method: ['GET', 'HEAD'],
      url: '/things/:name/results/:result/:file',
      exposeHeadRoute: false,
      async handler(request, reply) {
        const authentication = await authenticated(listener, request);
        const { name, result, file } = request.params;
        const thing = thingOf(site, name, authentication.principal);
        const found = await results.get(thing.id, result);
        if (found?.file.name !== file) throw new ThingError('notFound', `'${name}' has no such file`);
        const { id, mediaType, size, sha256 } = found.file;
        const read = async (part: Part) => (await files.read(id, part)).content;
        return sendBytes(request, reply, { name: file, mediaType, size, sha256, read, authentication });
      },
    });
  },
});

function thingOf(site: Site, name: string, principal: Principal): Thing {
  const thing = site.things.get(name);
  if (!thing || !site.isVisible(thing, principal))
    throw new ThingError('notFound', `There is no Thing named '${name}'`);
  if (!thing.model.actions?.[LIST]) throw new ThingError('notFound', `'${name}' has no results`);
  if (site.policy({ principal, thing, operation: 'invokeaction', affordance: LIST })) return thing;
  throw new ThingError('forbidden', `${principal.id} may not see the results of '${name}'`);
}

function limitOf(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST_RESULTS) return limit;
  throw new ThingError('invalid', `'limit' is a whole number from 1 to ${MOST_RESULTS}`);
}

function sendPage(
  { url }: FastifyRequest,
  reply: FastifyReply,
  page: { readonly items: readonly object[]; readonly next?: string },
): FastifyReply {
  if (page.next !== undefined) {
    const [path = '', query = ''] = url.split('?');
    const parameters = new URLSearchParams(query);
    parameters.set('before', page.next);
    reply.header('link', `<${path}?${parameters.toString()}>; rel="next"`);
  }
  return reply.header('cache-control', 'no-store').send(page);
}
