import { ThingError } from '@thingwright/core';
import type { CampaignOrder } from '../new-campaign.js';
import { NO_DEVICES } from '../plan.js';
import { checkOptions } from '../upgrade-options.js';
import type { ApiParts, OfRow } from './api-parts.js';
import { findBuild } from './build-routes.js';
import { callerOf } from './callers.js';
import { anything, flag, id, orNull, readFields } from './fields.js';
import { filtersAsked, queryOf } from './pages.js';
import { scheduledAt, scheduleOf } from './scheduled-at.js';

const FIELDS = {
  upgrade_all: flag,
  group: orNull(id),
  location: orNull(id),
  is_persistent: flag,
  upgrade_options: anything,
  scheduled_at: scheduledAt,
} as const;

/** Adds `build/<id>/upgrade/`: its dry run, and the campaign itself, which begins at once, or when it is scheduled. */
export function addMassUpgradeRoutes({ app, catalogue, campaigns, now }: ApiParts): void {
  app.get<OfRow>('/build/:id/upgrade/', async (request) => {
    const caller = callerOf(request);
    const { build } = await findBuild(catalogue, request.params.id, { caller, right: 'view' });
    const { group, location } = filtersAsked(queryOf(request), { group: id, location: id });
    const { organizations } = caller;
    const { plan } = await campaigns.plan(orderOf(build.id, { group, location, upgrade_all: true }), { organizations });
    const seen = plan.upgrades.filter(({ device }) => organizations?.includes(device.organization) !== false);
    return {
      device_firmwares: seen.flatMap(({ firmware }) => firmware ?? []),
      devices: seen.flatMap(({ firmware, device }) => (firmware === null ? [device.id] : [])),
    };
  });

  app.post<OfRow>('/build/:id/upgrade/', async (request, reply) => {
    const caller = callerOf(request);
    const { build } = await findBuild(catalogue, request.params.id, { caller, right: 'manage' });
    const { scheduled_at: at, ...sent } = readFields(request.body, FIELDS);
    const schedule = at === undefined || at === null ? {} : { schedule: { ...scheduleOf(at, now()), windows: [] } };
    const order = { ...orderOf(build.id, sent), ...schedule };
    try {
      const { organizations, principal } = caller;
      const { id: batch } = await campaigns.begin(order, { by: principal.id, organizations });
      return reply.code(201).send({ batch });
    } catch (error) {
      if (error instanceof ThingError && error.message === NO_DEVICES)
        return reply.code(400).send({ error: NO_DEVICES });
      throw error;
    }
  });
}

interface MassUpgrade {
  readonly upgrade_all?: boolean;
  readonly group?: string | null | undefined;
  readonly location?: string | null | undefined;
  readonly is_persistent?: boolean;
  readonly upgrade_options?: unknown;
}

const orderOf = (
  build: string,
  { upgrade_all, group, location, is_persistent, upgrade_options }: MassUpgrade,
): CampaignOrder => ({
  build,
  firmwareless: upgrade_all ?? false,
  persistent: is_persistent ?? true,
  ...(group ? { group } : {}),
  ...(location ? { location } : {}),
  ...(upgrade_options === undefined ? {} : { options: checkOptions(upgrade_options) }),
});
