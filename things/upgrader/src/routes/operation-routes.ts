import { ThingError } from '@thingwright/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { phasesOf, UPGRADE_STATUSES } from '../phase.js';
import type { Upgrade } from '../upgrade.js';
import type { UpgradeQuery, UpgradeTable } from '../upgrade-table.js';
import { DIALECTS, type Dialect } from '../wire/dialect.js';
import { LOG_LIMITS, type WireOperation, wireOperation } from '../wire/operation.js';
import type { ApiParts, OfRow } from './api-parts.js';
import { callerOf } from './callers.js';
import { id, text } from './fields.js';
import { choice, filtersAsked, idOf, orderAsked, pageAsked, pageOf, queryOf } from './pages.js';
import { notFound } from './rest-errors.js';

/** The statuses that a filter knows; the last one in the dialect `next` alone. */
const STATUSES = [...UPGRADE_STATUSES, 'pending'] as const;
const FILTERS = { status: choice(STATUSES), dialect: choice(DIALECTS) } as const;
const LOG_PAGE = 1000;

/** In which dialect upgrades are shown: that of the query. @throws ThingError `invalid` for one that there is not. */
export const dialectAsked = (query: URLSearchParams): Dialect => filtersAsked(query, FILTERS).dialect ?? 'union';

/** The phases that a filter by status stands for. */
export function phasesAsked(query: URLSearchParams): UpgradeQuery['phases'] {
  const { status } = filtersAsked(query, FILTERS);
  return status && phasesOf(status);
}

/** Upgrades as operation objects, each with the end of its log: `characters` (default 65,536) of it. */
export async function operationObjects(
  table: Pick<UpgradeTable, 'tails'>,
  upgrades: readonly Upgrade[],
  told: { readonly dialect: Dialect; readonly hasCreated?: boolean; readonly characters?: number },
): Promise<readonly WireOperation[]> {
  const ids = upgrades.map((upgrade) => upgrade.id);
  const tails = await table.tails(ids, told.characters ?? LOG_LIMITS.operation);
  return upgrades.map((upgrade) => wireOperation(upgrade, tails.get(upgrade.id), told));
}

/** Adds `upgrade-operation/`, `upgrade-operation/<id>/`, and what can be done with an operation. */
export function addOperationRoutes({ app, listener, record, upgrades }: ApiParts): void {
  const table = record.tables.upgrades;

  const find = async (request: FastifyRequest<OfRow>, right: 'view' | 'change' | 'manage'): Promise<Upgrade> => {
    const caller = callerOf(request);
    caller.demandSomewhere('view');
    const upgrade = await table.get(idOf(request.params.id));
    if (!upgrade) throw notFound();
    caller.demand(right, upgrade.organization);
    return upgrade;
  };

  app.get('/upgrade-operation/', async (request) => {
    const { organizations, ...caller } = callerOf(request);
    caller.demandSomewhere('view');
    const query = queryOf(request);
    const page = pageAsked(query);
    const { device, image } = filtersAsked(query, { device: id, image: id });
    const asked = organizationsAsked(query);
    const visible = asked.filter((one) => organizations === undefined || organizations.includes(one));
    const order = orderAsked(query, ['device_id', 'created', 'modified']) ?? { by: 'created', isDescending: true };
    const { items, count } = await table.find({
      organizations: asked.length === 0 ? organizations : asked.length > 1 ? [] : visible,
      device,
      image,
      phases: phasesAsked(query),
      order: { by: order.by === 'device_id' ? 'device' : order.by, isDescending: order.isDescending },
      ...page,
    });
    const results = await operationObjects(table, items, { dialect: dialectAsked(query) });
    return pageOf({ items: results, count }, page, { request, listener });
  });

  app.get<OfRow>('/upgrade-operation/:id/', async (request) => {
    const upgrade = await find(request, 'view');
    const [object] = await operationObjects(table, [upgrade], { dialect: dialectAsked(queryOf(request)) });
    return object;
  });

  app.get<OfRow>('/upgrade-operation/:id/log/', async (request, reply) => {
    const upgrade = await find(request, 'view');
    return reply.type('text/plain; charset=utf-8').send(await wholeLog(table, upgrade));
  });

  app.delete<OfRow>('/upgrade-operation/:id/', async (request, reply) => {
    const upgrade = await find(request, 'manage');
    await record.remove(upgrade.id);
    return reply.code(204).send();
  });

  app.post<OfRow>('/upgrade-operation/:id/cancel/', async (request, reply) => {
    const { principal } = callerOf(request);
    try {
      const upgrade = await find(request, 'change');
      await record.advance(upgrade.id, { type: 'cancel', by: principal.id });
      return { message: 'Upgrade operation cancelled successfully' };
    } catch (error) {
      return refuseCancel(error, reply);
    }
  });

  app.post<OfRow>('/upgrade-operation/:id/retry/', async (request, reply) => {
    const upgrade = await find(request, 'change');
    const again = await upgrades.retry(upgrade.id, callerOf(request).principal.id);
    return reply.code(201).send({ upgrade_operation: { id: again.id } });
  });
}

/** As every filter narrows, organizations that differ leave nothing. */
function organizationsAsked(query: URLSearchParams): readonly string[] {
  const names = [
    'organization',
    'device__organization',
    'device__organization__slug',
    'device__organization_slug',
  ] as const;
  const asked = filtersAsked(query, Object.fromEntries(names.map((name) => [name, text(128)])));
  return [...new Set(Object.values(asked).filter((value) => value !== undefined))];
}

/** A cancel has words of its own for everything (reference, section 8.3). */
function refuseCancel(error: unknown, reply: FastifyReply): FastifyReply {
  if (!(error instanceof ThingError)) throw error;
  if (error.code === 'notFound') return reply.code(404).send({ error: 'Upgrade operation not found' });
  if (error.code === 'failed') return reply.code(500).send({ error: 'Failed to cancel upgrade operation' });
  throw error;
}

async function wholeLog(table: Pick<UpgradeTable, 'log'>, { id: upgradeID }: Upgrade): Promise<string> {
  const texts: string[] = [];
  for (;;) {
    const entries = await table.log(upgradeID, texts.length, LOG_PAGE);
    texts.push(...entries.map((entry) => entry.text));
    if (entries.length < LOG_PAGE) return texts.join('\n');
  }
}
