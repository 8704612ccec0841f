import type { Campaign, CampaignGroup, Upgrade, UpgradeRequest } from '../src/index.js';
import { newUpgrade } from '../src/index.js';

/** The moment at which everything here was created: 2026-07-01T08:00:00Z. */
export const START = Date.UTC(2026, 6, 1, 8);

/** A UUID with that number at its end. */
export const uuid = (number: number, kind = '1'): string =>
  `${kind.repeat(8)}-1111-4111-8111-${String(number).padStart(12, '0')}`;

/** What an upgrade of the device with that number is asked with. */
export const requestOf = (number: number, more: Partial<UpgradeRequest> = {}): UpgradeRequest => ({
  id: uuid(number),
  device: uuid(number, '3'),
  deviceName: `router ${number}`,
  organization: 'lab',
  imageName: 'Routers v2.0: Model X',
  build: uuid(1, '6'),
  version: '2.0',
  sha256: 'ab'.repeat(32),
  campaign: null,
  group: 0,
  place: number,
  options: { c: true },
  persistent: false,
  notBefore: null,
  requestedBy: 'user:ada',
  clientKey: null,
  retryOf: null,
  created: START,
  ...more,
});

/** An upgrade that is queued. */
export const upgradeOf = (number: number, more: Partial<UpgradeRequest> = {}): Upgrade =>
  newUpgrade(requestOf(number, more), uuid(1, '5'), 'queued');

/** A group that has not begun. */
export const groupOf = (name: string, size: number, more: Partial<CampaignGroup> = {}): CampaignGroup => ({
  name,
  state: 'waiting',
  size,
  success: {},
  error: {},
  concurrency: null,
  isOverruled: false,
  ...more,
});

/** A campaign that may be started. */
export const campaignOf = (number: number, more: Partial<Campaign> = {}): Campaign => ({
  id: uuid(number, '2'),
  name: `campaign ${number}`,
  build: uuid(1, '6'),
  version: '2.0',
  category: uuid(1, '7'),
  organization: 'lab',
  selection: { group: null, location: null, firmwareless: false, devices: null, exclude: [] },
  options: { c: true },
  persistent: true,
  phase: 'ready',
  outcome: null,
  groups: [groupOf('all', 1)],
  concurrency: null,
  schedule: null,
  needsApproval: false,
  decision: null,
  total: 1,
  reason: null,
  retryOf: null,
  createdBy: 'user:ada',
  clientKey: null,
  seq: 1,
  created: START,
  modified: START,
  started: null,
  ended: null,
  ...more,
});
