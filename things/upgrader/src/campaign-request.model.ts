import { nullable } from '@thingwright/core';
import * as t from 'typebox';
import { SKIP_REASONS } from './plan.js';
import { WEEKDAYS } from './schedule.js';
import { UpgradeOptions } from './upgrade-options.js';

const uuid = () => t.String({ format: 'uuid' });
const clock = () => t.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' });
const count = () => t.Integer({ minimum: 0 });
/** Of what is asked for: a limit or an approval that is misspelt must not be one that is left out. */
const exactly = { additionalProperties: false } as const;

/** A share of a group: in percent of its size, as a number of devices, or both. */
export const ThresholdSchema = t.Object({
  percent: t.Optional(t.Number({ unit: '%', minimum: 0, maximum: 100 })),
  count: t.Optional(count()),
});

const WindowSchema = t.Object({
  days: t.Array(t.Enum([...WEEKDAYS]), { description: 'On which it opens; none: every day.' }),
  from: clock(),
  to: clock(),
});
const WINDOWS = { maxItems: 50, description: 'None: at any time.' } as const;

/** When a campaign begins, and when it may flash. */
export const ScheduleSchema = t.Object({
  timeZone: t.String({ description: 'IANA name, for example Europe/Berlin.' }),
  startAt: nullable(
    t.String({
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?$',
      description: 'Local time in that zone, without offset; null: when somebody starts it.',
    }),
  ),
  windows: t.Array(WindowSchema, WINDOWS),
});

/** A schedule that somebody wants. */
export const ScheduleRequest = t.Object(
  {
    ...ScheduleSchema.properties,
    windows: t.Array(t.Object(WindowSchema.properties, exactly), WINDOWS),
  },
  exactly,
);

const ThresholdRequest = t.Object(ThresholdSchema.properties, exactly);

/** A group that somebody wants: of the devices that no group before it took, those that fit, or a part of them. */
const GroupSchema = t.Object(
  {
    name: t.String({ minLength: 1, maxLength: 100 }),
    percent: t.Optional(
      t.Number({ unit: '%', exclusiveMinimum: 0, maximum: 100, description: 'Of those that fit; default all.' }),
    ),
    count: t.Optional(t.Integer({ minimum: 1, description: 'In place of percent.' })),
    groups: t.Optional(t.Array(uuid())),
    locations: t.Optional(t.Array(uuid())),
    models: t.Optional(t.Array(t.String())),
    devices: t.Optional(t.Array(uuid())),
    success: t.Optional(ThresholdRequest),
    error: t.Optional(ThresholdRequest),
    concurrency: t.Optional(t.Integer({ minimum: 1 })),
  },
  exactly,
);

/** What a campaign is asked for with. */
export const CampaignRequest = t.Object(
  {
    build: uuid(),
    name: t.Optional(t.String({ minLength: 1, maxLength: 100 })),
    group: t.Optional(t.String({ format: 'uuid', description: 'Only devices of that group.' })),
    location: t.Optional(t.String({ format: 'uuid', description: 'Only devices at that location.' })),
    devices: t.Optional(t.Array(uuid(), { maxItems: 100_000, description: 'Only these devices.' })),
    exclude: t.Optional(t.Array(uuid(), { maxItems: 100_000 })),
    firmwareless: t.Optional(
      t.Boolean({ default: false, description: 'Also devices without firmware of ours whose model fits.' }),
    ),
    options: t.Optional(UpgradeOptions),
    persistent: t.Optional(t.Boolean({ default: true, description: 'Wait for devices that are away.' })),
    groups: t.Optional(t.Array(GroupSchema, { maxItems: 100, description: 'In their order; none: all at once.' })),
    concurrency: t.Optional(t.Integer({ minimum: 1, description: 'How many are upgraded at once.' })),
    schedule: t.Optional(ScheduleRequest),
    needsApproval: t.Optional(t.Boolean({ default: false, description: 'Somebody else has to approve it.' })),
    clientKey: t.Optional(
      t.String({ minLength: 1, maxLength: 200, description: 'The same key again: the same campaign.' }),
    ),
  },
  exactly,
);

/** A device that a plan leaves out. */
export const SkippedSchema = t.Object({
  device: uuid(),
  deviceName: t.String(),
  reason: t.Enum([...SKIP_REASONS]),
});
