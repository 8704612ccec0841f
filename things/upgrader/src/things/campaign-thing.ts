import { type Exposure, expose, sameValue, ThingError } from '@thingwright/core';
import { concatMap, defer, distinctUntilChanged, filter, from, map, merge, mergeMap, share } from 'rxjs';
import { CampaignThing } from '../campaign.model.js';
import type { CampaignEvent } from '../campaign-machine.js';
import { campaignStatusOf } from '../campaign-status.js';
import { coalesced } from '../coalesced.js';
import type { CampaignDesk } from '../desk/campaign-desk.js';
import { phasesOf } from '../phase.js';
import type { Upgrade } from '../upgrade.js';
import type { UpgradeRecord } from '../upgrade-record.js';
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
  readonly changes: ChangeRouter;
  /** Milliseconds between two values of a property, or two events of one operation, at least. Default 250. */
  readonly pace?: number;
}

const PACE = 250;

/** The Thing of a campaign: a view of the record, like the sockets and the REST API. */
export const campaign = ({ record, campaigns, changes, pace: interval = PACE }: CampaignThings, id: string): Exposure =>
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

    const advance = async (event: CampaignEvent): Promise<void> => void (await record.advanceCampaign(id, event));
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
          write: async (schedule) => void (await campaigns.schedule(id, schedule)),
        },
      },
      actions: {
        start: () => advance({ type: 'start' }),
        pause: (_input, { principal }) => advance({ type: 'pause', reason: `Paused by ${principal.id}` }),
        resume: () => advance({ type: 'resume' }),
        cancel: () => campaigns.cancel(id),
        approve: ({ remark = '' }, { principal }) => advance({ type: 'approve', by: principal.id, remark }),
        deny: ({ remark = '' }, { principal }) => advance({ type: 'deny', by: principal.id, remark }),
        triggerNextGroup: () => advance({ type: 'triggerNextGroup' }),
        async retryFailed(_input, { principal }) {
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
