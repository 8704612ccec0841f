import { type Check, type CompileCheck, nullable, ThingError } from '@thingwright/core';
import * as t from 'typebox';
import { CAMPAIGN_PHASES, CAMPAIGN_STATUSES, type Campaign, GROUP_STATES } from './campaign.js';
import { ScheduleSchema, ThresholdSchema } from './campaign-request.model.js';
import { PHASE_NAMES } from './phase.js';
import type { Upgrade } from './upgrade.js';
import { UpgradeOptions } from './upgrade-options.js';

const text = () => nullable(t.String());
const number = () => nullable(t.Number());

const KeptUpgrade = t.Object({
  id: t.String(),
  device: t.String(),
  deviceName: t.String(),
  organization: t.String(),
  image: text(),
  imageName: text(),
  build: text(),
  version: text(),
  sha256: text(),
  campaign: text(),
  group: t.Integer(),
  place: t.Integer(),
  options: UpgradeOptions,
  persistent: t.Boolean(),
  notBefore: number(),
  requestedBy: t.String(),
  clientKey: text(),
  retryOf: text(),
  created: t.Number(),
  phase: t.Enum([...PHASE_NAMES]),
  phaseSince: t.Number(),
  progress: t.Integer({ minimum: 0, maximum: 100 }),
  attempt: t.Integer(),
  failures: t.Integer(),
  retryCount: t.Integer(),
  wakeAt: number(),
  pausedFrom: nullable(t.Enum([...PHASE_NAMES])),
  cancelRequest: nullable(t.Object({ by: t.String(), at: t.Number() })),
  lease: nullable(t.Object({ holder: t.String(), fence: t.Integer(), until: t.Number() })),
  fence: t.Integer(),
  verified: nullable(t.Object({ version: t.String(), bootID: text(), at: t.Number() })),
  lines: t.Integer(),
  seq: t.Integer(),
  modified: t.Number(),
  ended: number(),
});

const KeptCampaign = t.Object({
  id: t.String(),
  name: t.String(),
  build: t.String(),
  version: t.String(),
  category: t.String(),
  organization: text(),
  selection: t.Object({
    group: text(),
    location: text(),
    firmwareless: t.Boolean(),
    devices: nullable(t.Array(t.String())),
    exclude: t.Array(t.String()),
  }),
  options: UpgradeOptions,
  persistent: t.Boolean(),
  phase: t.Enum([...CAMPAIGN_PHASES]),
  outcome: nullable(t.Enum([...CAMPAIGN_STATUSES])),
  groups: t.Array(
    t.Object({
      name: t.String(),
      state: t.Enum([...GROUP_STATES]),
      size: t.Integer(),
      success: ThresholdSchema,
      error: ThresholdSchema,
      concurrency: number(),
      isOverruled: t.Boolean(),
    }),
  ),
  concurrency: number(),
  schedule: nullable(ScheduleSchema),
  needsApproval: t.Boolean(),
  decision: nullable(
    t.Object({ decision: t.Enum(['approved', 'denied']), by: t.String(), at: t.Number(), remark: t.String() }),
  ),
  total: t.Integer(),
  reason: text(),
  retryOf: text(),
  createdBy: t.String(),
  clientKey: text(),
  seq: t.Integer(),
  created: t.Number(),
  modified: t.Number(),
  started: number(),
  ended: number(),
});

/** Reads what was kept as JSON. @throws ThingError `failed`, with its first fault, for what has another shape than this release keeps. */
export interface KeptRows {
  /** A row of an upgrade. */
  upgrade(kept: unknown): Upgrade;
  /** A row of a campaign. */
  campaign(kept: unknown): Campaign;
}

/** Makes the reader of rows that were kept. */
export function keptRows(compileCheck: CompileCheck): KeptRows {
  const [upgrade, campaign] = [compileCheck(KeptUpgrade), compileCheck(KeptCampaign)];
  const isUpgrade = (kept: unknown): kept is t.Static<typeof KeptUpgrade> => upgrade.fits(kept);
  const isCampaign = (kept: unknown): kept is t.Static<typeof KeptCampaign> => campaign.fits(kept);
  return {
    upgrade(kept) {
      if (isUpgrade(kept)) return kept;
      throw unknownShape(upgrade, kept);
    },
    campaign(kept) {
      if (isCampaign(kept)) return kept;
      throw unknownShape(campaign, kept);
    },
  };
}

function unknownShape(check: Check, kept: unknown): ThingError {
  const [{ path, message } = { path: '', message: 'it has another shape' }] = check.faults(kept);
  return new ThingError('failed', path === '' ? message : `${path} ${message}`);
}
