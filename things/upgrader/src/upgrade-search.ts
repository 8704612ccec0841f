import type { Upgrade } from './upgrade.js';
import type { UpgradeFilter, UpgradeQuery } from './upgrade-table.js';

/** Tells whether an upgrade is one that is asked for. */
export function fits(filter: UpgradeFilter): (upgrade: Upgrade) => boolean {
  const { campaign, group, device, image, organizations, phases } = filter;
  const [amongOrganizations, amongPhases] = [organizations && new Set(organizations), phases && new Set(phases)];
  return (upgrade) =>
    (campaign === undefined || upgrade.campaign === campaign) &&
    (group === undefined || upgrade.group === group) &&
    (device === undefined || upgrade.device === device) &&
    (image === undefined || upgrade.image === image) &&
    (amongOrganizations === undefined || amongOrganizations.has(upgrade.organization)) &&
    (amongPhases === undefined || amongPhases.has(upgrade.phase));
}

/** Sorts upgrades as a query asks. */
export function inOrder(
  upgrades: Upgrade[],
  { by, isDescending }: NonNullable<UpgradeQuery['order']> = { by: 'created', isDescending: true },
): readonly Upgrade[] {
  const sign = isDescending ? -1 : 1;
  return upgrades.sort((a, b) => {
    if (a[by] !== b[by]) return a[by] < b[by] ? -sign : sign;
    return a.id < b.id ? -1 : 1;
  });
}
