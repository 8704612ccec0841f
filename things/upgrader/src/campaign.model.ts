import { defineThing, nullable } from '@thingwright/core';
import * as t from 'typebox';
import { CAMPAIGN_PHASES, CAMPAIGN_STATUSES, GROUP_STATES } from './campaign.js';
import { ScheduleRequest, SkippedSchema, ThresholdSchema } from './campaign-request.model.js';
import { Operation, OperationProgress, Page, ReadLog } from './operation.model.js';
import { UPGRADE_STATUSES } from './phase.js';
import { UpgradeOptions } from './upgrade-options.js';

const time = () => t.String({ format: 'date-time' });
const uuid = () => t.String({ format: 'uuid' });
const count = () => t.Integer({ minimum: 0 });
const remark = () => t.Object({ remark: t.Optional(t.String({ maxLength: 2000, default: '' })) });

/** What a campaign is for, and who had it made. */
const Details = t.Object({
  id: uuid(),
  name: t.String(),
  build: uuid(),
  version: t.String(),
  category: uuid(),
  options: UpgradeOptions,
  persistent: t.Boolean(),
  createdBy: t.String(),
  needsApproval: t.Boolean(),
  decision: nullable(
    t.Object({ decision: t.Enum(['approved', 'denied']), by: t.String(), at: time(), remark: t.String() }),
  ),
  retryOf: nullable(uuid()),
  reason: nullable(t.String({ description: 'Why it is paused, or was found invalid.' })),
  created: time(),
  started: nullable(time()),
  ended: nullable(time()),
});

/** Upgrades by status. */
const StatusCounts = t.Object({
  total: count(),
  inProgress: count(),
  pending: count(),
  success: count(),
  failed: count(),
  aborted: count(),
  cancelled: count(),
});

/** Devices that are upgraded together. */
const Group = t.Object({
  name: t.String(),
  state: t.Enum([...GROUP_STATES]),
  size: count(),
  success: ThresholdSchema,
  error: ThresholdSchema,
  counts: StatusCounts,
});

/** A firmware campaign: many devices to one build, group by group. */
export const CampaignThing = defineThing({
  title: 'Firmware campaign',
  language: 'en',
  description: 'Upgrades many devices to one build, group by group, and stops by itself when too many go wrong.',
  version: '1.0.0',
  properties: {
    status: { title: 'Status', schema: t.Enum([...CAMPAIGN_STATUSES]), readOnly: true },
    phase: { title: 'Phase', schema: t.Enum([...CAMPAIGN_PHASES]), readOnly: true },
    completed: { title: 'Completed', description: 'Upgrades that have ended.', schema: count(), readOnly: true },
    total: { title: 'Total', description: 'Fixed when the plan is made.', schema: count(), readOnly: true },
    pending: {
      title: 'Pending',
      description: 'Upgrades that wait for their device, their group, their window, or a person.',
      schema: count(),
      readOnly: true,
    },
    details: { title: 'Details', schema: Details, readOnly: true },
    groups: { title: 'Groups', schema: t.Array(Group), readOnly: true },
    schedule: {
      title: 'Schedule',
      description: 'Can be changed until the campaign has begun.',
      schema: nullable(ScheduleRequest),
    },
  },
  actions: {
    start: { title: 'Start', description: 'Now, whatever its schedule says.', synchronous: true, idempotent: false },
    pause: {
      title: 'Pause',
      description: 'Nothing new begins; what is being worked on is finished.',
      synchronous: true,
      idempotent: true,
    },
    resume: {
      title: 'Resume',
      description: 'A group that had failed is not judged again.',
      synchronous: true,
      idempotent: true,
    },
    cancel: {
      title: 'Cancel',
      description: 'Devices that are being flashed are finished.',
      output: t.Object({
        cancelled: t.Integer({ minimum: 0, description: 'Upgrades that do not happen now.' }),
        tooLate: t.Integer({ minimum: 0, description: 'Upgrades that could not be stopped any more.' }),
      }),
      synchronous: true,
      idempotent: true,
    },
    approve: { title: 'Approve', input: remark(), synchronous: true, idempotent: false },
    deny: { title: 'Deny', description: 'For good.', input: remark(), synchronous: true, idempotent: false },
    triggerNextGroup: {
      title: 'Trigger the next group',
      description: 'It begins, whatever came of those before it.',
      synchronous: true,
      idempotent: false,
    },
    retryFailed: {
      title: 'Retry the failed',
      description:
        'A new campaign of those that did not succeed, linked to this one. It begins, unless it has to be approved.',
      output: t.Object({ campaign: uuid() }),
      synchronous: true,
      idempotent: false,
    },
    listOperations: {
      title: 'List operations',
      description: 'In the order of the plan.',
      input: t.Object({
        ...Page,
        group: t.Optional(t.Integer({ minimum: 0, description: 'Of the group with that number, from 0.' })),
        status: t.Optional(t.Enum([...UPGRADE_STATUSES])),
      }),
      output: t.Object({
        operations: t.Array(Operation),
        total: count(),
        position: t.Integer({ description: 'What listChanges goes on from.' }),
      }),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
    listChanges: {
      title: 'List changes',
      description: 'The operations that are not what they were at a position, each once, as it is now.',
      input: t.Object({
        after: t.Integer({ minimum: 0 }),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: 1000, default: 1000 })),
      }),
      output: t.Object({
        operations: t.Array(OperationProgress),
        position: t.Integer({ description: 'Where the next part begins.' }),
        isComplete: t.Boolean({ description: 'There is no next part for the moment.' }),
      }),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
    listSkipped: {
      title: 'List those left out',
      input: t.Object(Page),
      output: t.Object({ devices: t.Array(SkippedSchema), total: count() }),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
    readLog: ReadLog,
  },
  events: {
    operationProgress: {
      title: 'Operation progress',
      description: 'An operation is not what it was; of many changes in short time, the latest.',
      data: OperationProgress,
    },
    batchStatus: {
      title: 'Batch status',
      data: t.Object({
        status: t.Enum([...CAMPAIGN_STATUSES]),
        completed: count(),
        total: count(),
        pending: count(),
      }),
    },
    groupStatus: {
      title: 'Group status',
      data: t.Object({
        group: count(),
        name: t.String(),
        from: t.Enum([...GROUP_STATES]),
        to: t.Enum([...GROUP_STATES]),
      }),
    },
    approvalNeeded: { title: 'Approval needed', data: t.Object({ campaign: uuid(), createdBy: t.String() }) },
  },
});
