import { type Principal, type Site, type Thing, ThingError } from '@thingwright/core';
import type { Binding } from '@thingwright/listener';
import type { History } from '@thingwright/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authenticated, formatOf, type Parameters, readParameters } from '../export/export-request.js';
import { sendRows } from '../export/send-rows.js';
import { toCsvLine } from '../export/to-csv-line.js';
import type { Histories } from './histories.js';
import { MOST_ENTRIES } from './history.model.js';
import { type Entry, type HistoryRequest, readAllHistory, readHistory } from './read-history.js';

/**
 * Adds `GET /things/{name}/history`, an index of what the caller may read, and `GET /things/{name}/history/{property}`: a page as
 * JSON, or as CSV (RFC 4180) all that is asked for, with the parameters of the action `history` in the query.
 */
export const historyRoutes = (histories: Histories, history: History): Binding => ({
  open(site, listener) {
    const { fastify } = listener;

    fastify.get<{ Params: { name: string } }>('/things/:name/history', async (request, reply) => {
      const { principal } = await authenticated(listener, request);
      const thing = thingOf(site, request.params.name, principal);
      formatOf(request, { json: 'application/json' });
      return reply.header('cache-control', 'no-store').send(indexOf(site, thing, { histories, principal }));
    });

    fastify.get<{ Params: { name: string; property: string } }>(
      '/things/:name/history/:property',
      async (request, reply) => {
        const authentication = await authenticated(listener, request);
        const { principal } = authentication;
        const thing = thingOf(site, request.params.name, principal);
        const { property } = request.params;
        if (!histories.propertiesOf(thing).includes(property)) {
          throw new ThingError('notFound', `'${thing.model.title}' keeps no history of a property '${property}'`);
        }
        if (!mayRead(site, thing, { principal, property })) {
          throw new ThingError('forbidden', `${principal.id} may not read '${property}' of '${thing.model.title}'`);
        }
        const format = formatOf(request, { json: 'application/json', csv: 'text/csv' });
        const asked = toRequest(readParameters(request, KNOWN), property);
        if (format === 'json') return sendPage(request, reply, await readHistory(history, thing.id, asked));
        const rows = csvOf(readAllHistory(history, thing.id, asked));
        const file = `${thing.name}-${property}.csv`;
        return sendRows(reply, rows, { type: 'text/csv; charset=utf-8; header=present', file, authentication });
      },
    );
  },
});

const KNOWN = ['from', 'to', 'limit', 'bucket', 'order', 'after'] as const;

function thingOf(site: Site, name: string, principal: Principal): Thing {
  const thing = site.things.get(name);
  if (thing && site.isVisible(thing, principal)) return thing;
  throw new ThingError('notFound', `There is no Thing named '${name}'`);
}

const mayRead = (
  site: Site,
  thing: Thing,
  { principal, property }: { readonly principal: Principal; readonly property: string },
): boolean => site.policy({ principal, thing, operation: 'readproperty', affordance: property });

function indexOf(
  site: Site,
  thing: Thing,
  { histories, principal }: { readonly histories: Histories; readonly principal: Principal },
): object {
  const entries = histories
    .propertiesOf(thing)
    .filter((property) => mayRead(site, thing, { principal, property }))
    .map((property) => {
      const { title, schema } = thing.model.properties?.[property] ?? {};
      const unit = schema && 'unit' in schema ? schema.unit : undefined;
      const href = `/things/${encodeURIComponent(thing.name)}/history/${encodeURIComponent(property)}`;
      return [
        property,
        { ...(title === undefined ? {} : { title }), ...(typeof unit === 'string' ? { unit } : {}), href },
      ] as const;
    });
  return { properties: Object.fromEntries(entries) };
}

function toRequest(
  { from, to, limit, bucket, order, after }: Parameters<typeof KNOWN>,
  property: string,
): HistoryRequest {
  if (order !== undefined && order !== 'oldest' && order !== 'newest') {
    throw new ThingError('invalid', `'order' is oldest or newest`);
  }
  return {
    property,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(limit === undefined ? {} : { limit: numberIn(limit, { name: 'limit', least: 1, most: MOST_ENTRIES }) }),
    ...(bucket === undefined ? {} : { bucket: numberIn(bucket, { name: 'bucket', least: 0.001, most: 31_536_000 }) }),
    ...(order === undefined ? {} : { order }),
    ...(after === undefined ? {} : { after }),
  };
}

function numberIn(
  text: string,
  { name, least, most }: { readonly name: string; readonly least: number; readonly most: number },
): number {
  const number = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most && (name !== 'limit' || Number.isInteger(number))) return number;
  throw new ThingError('invalid', `'${name}' is a number from ${least} to ${most}`);
}

function sendPage(
  { url }: FastifyRequest,
  reply: FastifyReply,
  page: { readonly items: readonly Entry[]; readonly next?: string },
): FastifyReply {
  const { next } = page;
  if (next !== undefined) {
    const [path = '', query = ''] = url.split('?');
    const parameters = new URLSearchParams(query);
    parameters.set('after', next);
    reply.header('link', `<${path}?${parameters.toString()}>; rel="next"`);
  }
  return reply.header('cache-control', 'no-store').send(page);
}

async function* csvOf(portions: AsyncIterable<readonly Entry[]>): AsyncGenerator<string> {
  yield toCsvLine(['time', 'value', 'count', 'min', 'max']);
  for await (const entries of portions) {
    yield entries.map(({ time, value, count, min, max }) => toCsvLine([time, value, count, min, max])).join('');
  }
}
