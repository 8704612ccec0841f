import type { FastifyRequest } from 'fastify';
import { CAMPAIGN_STATUSES, type Campaign, type CampaignPhase } from '../campaign.js';
import type { CampaignEvent } from '../campaign-machine.js';
import type { CampaignQuery } from '../campaign-table.js';
import { createTally } from '../tally.js';
import { upgradePages } from '../upgrade-pages.js';
import { LOG_LIMITS, logShare, type WireOperation } from '../wire/operation.js';
import type { ApiParts, OfRow } from './api-parts.js';
import { batchObject, batchRates } from './batch-objects.js';
import { callerOf } from './callers.js';
import { visibleOwners } from './category-routes.js';
import { freeText, id, readFields, text } from './fields.js';
import { dialectAsked, operationObjects } from './operation-routes.js';
import { choice, filtersAsked, idOf, moment, orderAsked, pageAsked, pageOf, queryOf } from './pages.js';
import { notFound } from './rest-errors.js';
import { scheduledAt, scheduleOf } from './scheduled-at.js';

const IDLE: readonly CampaignPhase[] = ['waiting-approval', 'ready', 'scheduled'];
const ACTIVE: readonly CampaignPhase[] = ['running', 'paused', 'stopping'];

/** Adds `batch-upgrade-operation/`, `batch-upgrade-operation/<id>/`, and what can be done with a campaign. */
export function addBatchRoutes({ app, listener, record, catalogue, campaigns, now }: ApiParts): void {
  const { tables } = record;

  const find = async (request: FastifyRequest<OfRow>, right: 'view' | 'change' | 'manage'): Promise<Campaign> => {
    const caller = callerOf(request);
    caller.demandSomewhere('view');
    const campaign = await tables.campaigns.get(idOf(request.params.id));
    if (!campaign) throw notFound();
    caller.demand(right, campaign.organization);
    return campaign;
  };

  app.get('/batch-upgrade-operation/', async (request) => {
    const caller = callerOf(request);
    caller.demandSomewhere('view');
    const query = queryOf(request);
    const page = pageAsked(query);
    const asked = filtersAsked(query, { build: id, created: moment, organization: text(128) });
    const { items, count } = await tables.campaigns.find({
      build: asked.build,
      created: asked.created,
      organizations: visibleOwners(caller, asked.organization),
      order: orderAsked(query, ['created', 'modified']) ?? { by: 'created', isDescending: true },
      ...statusFilter(query),
      ...page,
    });
    const dialect = dialectAsked(new URLSearchParams({ dialect: query.get('dialect') ?? '' }));
    const results = await Promise.all(items.map((campaign) => batchObject(catalogue, campaign, dialect)));
    return pageOf({ items: results, count }, page, { request, listener });
  });

  app.get<OfRow>('/batch-upgrade-operation/:id/', async (request) => {
    const campaign = await find(request, 'view');
    const dialect = dialectAsked(queryOf(request));
    const { organizations } = callerOf(request);
    const query = { campaign: campaign.id, organizations, order: { by: 'place', isDescending: false } } as const;
    // Only of what all share does anybody see a part; else those count too that cannot be read.
    const isPart = organizations !== undefined && campaign.organization === null;
    const tally = createTally();
    const upgradeoperations: WireOperation[] = [];
    // Of many operations each has less of its log, as in the state that sockets tell.
    const told = { dialect, characters: logShare(LOG_LIMITS.operation, campaign.total) };
    for await (const upgrades of upgradePages(tables.upgrades, query)) {
      for (const { group, phase } of upgrades) tally.move(group, undefined, phase);
      upgradeoperations.push(...(await operationObjects(tables.upgrades, upgrades, told)));
    }
    return {
      ...(await batchObject(catalogue, campaign, dialect)),
      ...batchRates((isPart ? tally : await record.tally(campaign.id)).counts(), dialect),
      upgradeoperations,
    };
  });

  app.delete<OfRow>('/batch-upgrade-operation/:id/', async (request, reply) => {
    await record.removeCampaign((await find(request, 'manage')).id);
    return reply.code(204).send();
  });

  app.post<OfRow>('/batch-upgrade-operation/:id/cancel/', async (request) => {
    const campaign = await find(request, 'change');
    const { id: by } = callerOf(request).principal;
    const { cancelled, tooLate } = await campaigns.cancel(campaign.id, { by });
    return { message: 'Mass upgrade cancelled successfully', cancelled, too_late: tooLate };
  });

  app.post<OfRow>('/batch-upgrade-operation/:id/retry/', async (request, reply) => {
    const campaign = await find(request, 'manage');
    const { id: by } = callerOf(request).principal;
    const { id: batch } = await campaigns.retryFailed(campaign.id, { by });
    return reply.code(201).send({ batch });
  });

  app.post<OfRow>('/batch-upgrade-operation/:id/reschedule/', async (request) => {
    const { id: own, schedule } = await find(request, 'manage');
    const { scheduled_at: at } = readFields(request.body, { scheduled_at: scheduledAt }, ['scheduled_at']);
    // Who takes the start away keeps the windows.
    const without = schedule && schedule.windows.length > 0 ? { ...schedule, startAt: null } : null;
    const changed = at === null || at === undefined ? without : scheduleOf(at, now(), schedule);
    const after = await campaigns.schedule(own, changed);
    return batchObject(catalogue, after, dialectAsked(queryOf(request)));
  });

  const direct = (path: string, toEvent: (request: FastifyRequest<OfRow>) => CampaignEvent): void => {
    app.post<OfRow>(`/batch-upgrade-operation/:id/${path}/`, async (request) => {
      const campaign = await find(request, path === 'pause' || path === 'resume' ? 'change' : 'manage');
      const after = await record.advanceCampaign(campaign.id, toEvent(request));
      return batchObject(catalogue, after, dialectAsked(queryOf(request)));
    });
  };
  direct('start', () => ({ type: 'start' }));
  direct('pause', (request) => ({ type: 'pause', reason: `Paused by ${callerOf(request).principal.id}` }));
  direct('resume', () => ({ type: 'resume' }));
  direct('trigger-next-group', () => ({ type: 'triggerNextGroup' }));
  direct('approve', (request) => ({ type: 'approve', ...decisionOf(request) }));
  direct('deny', (request) => ({ type: 'deny', ...decisionOf(request) }));
}

const decisionOf = (request: FastifyRequest): { readonly by: string; readonly remark: string } => ({
  by: callerOf(request).principal.id,
  remark: readFields(request.body, { remark: freeText(2000) }).remark ?? '',
});

/** What of the table a filter by status stands for. */
function statusFilter(query: URLSearchParams): Pick<CampaignQuery, 'phases' | 'outcomes'> {
  const { status } = filtersAsked(query, { status: choice([...CAMPAIGN_STATUSES, 'scheduled']) });
  switch (status) {
    case undefined:
      return {};
    case 'idle':
      return { phases: IDLE };
    case 'scheduled':
      return { phases: ['scheduled'] };
    case 'in-progress':
      return { phases: ACTIVE };
    default:
      return { outcomes: [status] };
  }
}
