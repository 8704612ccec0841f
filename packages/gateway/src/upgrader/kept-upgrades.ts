import { ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { CampaignRow, KeptUpgradeRow, NewUpgradeRow, UpgradeReplacement, UpgradeRow } from '@thingwright/store';
import {
  type Campaign,
  dueOf,
  holdsDevice,
  isCampaignEnded,
  keptRows,
  type NewUpgrade,
  type Replacement,
  type Upgrade,
} from '@thingwright/upgrader';

const kept = keptRows(compileCheck);

/** An upgrade as a row of a store. */
function toUpgradeRow(upgrade: Upgrade): UpgradeRow {
  const { id, device, organization, image, campaign, group, place, phase, requestedBy, clientKey } = upgrade;
  const { created, modified, seq, lease } = upgrade;
  return {
    id,
    device,
    organization,
    image,
    campaign,
    group,
    place,
    phase,
    holdsDevice: holdsDevice(upgrade),
    requestedBy,
    clientKey,
    created,
    modified,
    seq,
    lease,
    latest: latestOf(upgrade),
    kept: JSON.stringify(upgrade),
  };
}

/** When an upgrade is due even if its lease lasts for ever. */
function latestOf(upgrade: Upgrade): number | null {
  const { lease } = upgrade;
  const due = dueOf(lease ? { ...upgrade, lease: { ...lease, until: Number.POSITIVE_INFINITY } } : upgrade);
  return due === Number.POSITIVE_INFINITY ? null : due;
}

export const toNewRow = ({ upgrade, lines }: NewUpgrade): NewUpgradeRow => ({ upgrade: toUpgradeRow(upgrade), lines });

export const toReplacement = ({ upgrade, lines, expected }: Replacement): UpgradeReplacement => ({
  upgrade: toUpgradeRow(upgrade),
  lines,
  expected,
});

/** The upgrade of a row; its lease lasts as long as it was prolonged. @throws ThingError `failed`, why, for what this release does not keep so. */
export function toUpgrade({ id, device, seq, kept: text, leaseUntil }: KeptUpgradeRow): Upgrade {
  const upgrade = kept.upgrade(fromJSON(text));
  // To work on one that is found as another would be to work on both.
  const isOther = upgrade.id !== id || upgrade.device !== device || upgrade.seq !== seq;
  if (isOther) throw new ThingError('failed', 'what was kept is not what it is found by');
  const { lease } = upgrade;
  if (lease === null || leaseUntil === null || leaseUntil <= lease.until) return upgrade;
  return { ...upgrade, lease: { ...lease, until: leaseUntil } };
}

/** A campaign as a row of a store. @throws ThingError `failed` for one that could not be read again. */
export function toCampaignRow(campaign: Campaign): CampaignRow {
  const { id, build, organization, phase, outcome, createdBy, clientKey, created, modified, seq } = campaign;
  const text = JSON.stringify(campaign);
  toCampaign(text);
  return {
    id,
    build,
    organization,
    phase,
    outcome,
    isEnded: isCampaignEnded(campaign),
    createdBy,
    clientKey,
    created,
    modified,
    seq,
    kept: text,
  };
}

/** The campaign of a row. @throws ThingError `failed`, why. */
export const toCampaign = (text: string): Campaign => kept.campaign(fromJSON(text));

function fromJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ThingError('failed', 'it is no JSON', { cause });
  }
}
