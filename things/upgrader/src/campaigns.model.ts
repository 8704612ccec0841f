import { defineThing, nullable } from '@thingwright/core';
import * as t from 'typebox';
import { CAMPAIGN_PHASES, CAMPAIGN_STATUSES } from './campaign.js';
import { CampaignRequest, SkippedSchema } from './campaign-request.model.js';
import { Page } from './operation.model.js';
import { SKIP_REASONS } from './plan.js';

const uuid = () => t.String({ format: 'uuid' });
const count = () => t.Integer({ minimum: 0 });

/** A campaign in a list. */
const Summary = t.Object({
  campaign: uuid(),
  name: t.String(),
  build: uuid(),
  version: t.String(),
  status: t.Enum([...CAMPAIGN_STATUSES]),
  phase: t.Enum([...CAMPAIGN_PHASES]),
  total: count(),
  created: t.String({ format: 'date-time' }),
});

/** Devices that people have put together. */
const PlaceSchema = t.Object({
  id: uuid(),
  name: t.String(),
  organization: t.String(),
  devices: t.Integer({ minimum: 0, description: 'How many are there.' }),
});

/** Where campaigns are planned and made. */
export const Campaigns = defineThing({
  title: 'Firmware campaigns',
  language: 'en',
  description: 'Plans campaigns, makes them, and lists those that there are; each is a Thing of its own.',
  version: '1.0.0',
  properties: {
    active: {
      title: 'Active',
      description: 'Campaigns that have not ended.',
      schema: t.Array(Summary),
      readOnly: true,
    },
    places: {
      title: 'Groups and locations',
      description: 'Of the devices that can be upgraded; campaigns choose by their ids.',
      schema: t.Object({ groups: t.Array(PlaceSchema), locations: t.Array(PlaceSchema) }),
      readOnly: true,
    },
  },
  actions: {
    dryRun: {
      title: 'Dry run',
      description: 'Who would be upgraded, in which groups, and who would not and why. Changes nothing.',
      input: t.Object({
        request: CampaignRequest,
        ...Page,
      }),
      output: t.Object({
        total: t.Integer({ minimum: 0, description: 'Devices that would be upgraded.' }),
        groups: t.Array(t.Object({ name: t.String(), size: count() })),
        upgrades: t.Array(
          t.Object({
            device: uuid(),
            deviceName: t.String(),
            image: uuid(),
            firmware: nullable(uuid()),
            group: count(),
          }),
          { description: 'The page that was asked for.' },
        ),
        skippedTotal: count(),
        skippedByReason: t.Array(t.Object({ reason: t.Enum([...SKIP_REASONS]), count: count() })),
        skipped: t.Array(SkippedSchema, { description: 'The page that was asked for.' }),
      }),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
    createCampaign: {
      title: 'Create a campaign',
      description: 'Planned, and not begun: start it, or let its schedule. Refused if no device would be upgraded.',
      input: CampaignRequest,
      output: t.Object({
        campaign: uuid(),
        name: t.String({ description: 'The local name of its Thing.' }),
        total: count(),
        skipped: count(),
      }),
      synchronous: true,
      idempotent: false,
    },
    listCampaigns: {
      title: 'List campaigns',
      description: 'Newest first.',
      input: t.Object({ ...Page, build: t.Optional(uuid()) }),
      output: t.Object({ campaigns: t.Array(Summary), total: count() }),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
  },
  events: {
    campaignCreated: { title: 'Campaign created', data: Summary },
    campaignEnded: { title: 'Campaign ended', data: Summary },
  },
});
