import { type Exposure, expose, type Principal, sameValue, ThingError } from '@thingwright/core';
import { concatMap, defer, distinctUntilChanged, filter, from, map, merge, mergeMap, share } from 'rxjs';
import { CampaignThing } from '../campaign.model.js';
import type { CampaignEvent } from '../campaign-machine.js';
import { campaignStatusOf } from '../campaign-status.js';
import { coalesced } from '../coalesced.js';
import type { CampaignDesk } from '../desk/campaign-desk.js';
import { phasesOf } from '../phase.js';
import type { Upgrade } from '../upgrade.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import type { UpgraderRights } from '../upgrader-rights.js';
import {
  batchStatusValue,
  type CampaignView,
  detailsValue,
  groupsValue,
  scheduleValue,
  viewOf,
} from './campaign-values.js';
import type { ChangeRouter } from './change-router.js';
import { listOperations, progressValue, readLog } from './operation-value.js';

/** What the Things of campaigns share. */
export interface CampaignThings {
  readonly record: UpgradeRecord;
  readonly campaigns: CampaignDesk;
  readonly rights: Pick<UpgraderRights, 'isSuperuser'>;
  readonly changes: ChangeRouter;
  /** Milliseconds between two values of a property, or two events of one operation, at least. Default 250. */
  readonly pace?: number;
}

const PACE = 250;

/**
 * The Thing of a campaign: a view of the record, like the sockets and the REST API. Who may direct it is asked by the policy of its site; what is
 * shared by all organizations is directed by superusers alone, as over REST.
 */
export const campaign = (
  { record, campaigns, rights, changes, pace: interval = PACE }: CampaignThings,
  id: string,
): Exposure =>
  expose(CampaignThing, () => {
    const { tables } = record;
    const row = async () => {
      const found = await tables.campaigns.get(id);
      if (found) return found;
      throw new ThingError('notFound', `There is no campaign ${id}`);
    };
    const read = async (): Promise<CampaignView> => viewOf(await row(), await record.tally(id));

    const upgraded = changes.ofUpgradesIn(id);
    const directed = changes.ofCampaign(id);
    const touched = coalesced(merge(upgraded, directed), { key: () => id, interval });
    const views = touched.pipe(concatMap(read), share());
    const live = <T>(pick: (view: CampaignView) => T) => ({
      read: async () => pick(await read()),
      value: views.pipe(map(pick)),
    });

    const demand = async (principal: Principal): Promise<void> => {
      if (rights.isSuperuser(principal) || (await row()).organization !== null) return;
      throw new ThingError('forbidden', 'What all organizations share is directed by superusers');
    };
    const advance = async (event: CampaignEvent, { principal }: { readonly principal: Principal }): Promise<void> => {
      await demand(principal);
      await record.advanceCampaign(id, event);
    };
    const isOwn = (upgrade: Upgrade): boolean => upgrade.campaign === id;

    return {
      properties: {
        status: live(({ campaign }) => campaignStatusOf(campaign)),
        phase: live(({ campaign }) => campaign.phase),
        completed: live(({ all }) => all.completed),
        total: live(({ all }) => all.total),
        pending: live(({ all }) => all.pending),
        details: live(detailsValue),
        groups: live(groupsValue),
        schedule: {
          ...live(scheduleValue),
          async write(schedule, { principal }) {
            await demand(principal);
            await campaigns.schedule(id, schedule);
          },
        },
      },
      actions: {
        start: (_input, by) => advance({ type: 'start' }, by),
        pause: (_input, by) => advance({ type: 'pause', reason: `Paused by ${by.principal.id}` }, by),
        resume: (_input, by) => advance({ type: 'resume' }, by),
        async cancel(_input, { principal }) {
          await demand(principal);
          return campaigns.cancel(id, { by: principal.id });
        },
        approve: ({ remark = '' }, by) => advance({ type: 'approve', by: by.principal.id, remark }, by),
        deny: ({ remark = '' }, by) => advance({ type: 'deny', by: by.principal.id, remark }, by),
        triggerNextGroup: (_input, by) => advance({ type: 'triggerNextGroup' }, by),
        async retryFailed(_input, { principal }) {
          await demand(principal);
          return { campaign: (await campaigns.retryFailed(id, { by: principal.id })).id };
        },
        async listOperations({ offset, limit, group, status }) {
          const position = await tables.upgrades.position();
          const order = { by: 'place', isDescending: false } as const;
          const phases = status && phasesOf(status);
          const part = { campaign: id, offset, limit, group, phases, order };
          return { ...(await listOperations(tables.upgrades, part)), position };
        },
        async listChanges({ after, limit = 1000 }) {
          const { items, position } = await tables.upgrades.changes(after, { campaign: id, limit });
          const operations = items.map(({ upgrade }) => progressValue(upgrade));
          return { operations, position, isComplete: items.length < limit };
        },
        async listSkipped({ offset = 0, limit = 100 }) {
          const { items, count } = await tables.campaigns.skipped(id, { offset, limit });
          return {
            devices: items.map(({ device, deviceName, reason }) => ({ device, deviceName, reason })),
            total: count,
          };
        },
        readLog: (request) => readLog(tables.upgrades, request, isOwn),
      },
      events: {
        operationProgress: coalesced(upgraded, { key: ({ upgrade }) => upgrade.id, interval }).pipe(
          mergeMap((list) => from(list)),
          map(({ upgrade }) => progressValue(upgrade)),
        ),
        batchStatus: views.pipe(
          map(batchStatusValue),
          distinctUntilChanged((before, after) => sameValue(before, after)),
        ),
        groupStatus: directed.pipe(
          mergeMap(({ campaign: { groups }, before }) =>
            groups.flatMap(({ name, state }, group) => {
              const was = before?.groups[group]?.state ?? state;
              return was === state ? [] : [{ group, name, from: was, to: state }];
            }),
          ),
        ),
        // Whoever opens the Thing of a campaign that waits is told so: it was made before there was one.
        approvalNeeded: defer(row).pipe(
          filter(({ phase }) => phase === 'waiting-approval'),
          map(({ createdBy }) => ({ campaign: id, createdBy })),
        ),
      },
    };
  });
