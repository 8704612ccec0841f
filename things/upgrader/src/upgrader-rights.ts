import type { Principal } from '@thingwright/core';

/**
 * What somebody may do in an organization, each with all before it: look; direct upgrades and campaigns; file, alter and remove what the
 * catalogue has. Existing clients know them as the permissions to view, to change, and to add and delete (reference, section 8.1).
 */
export type Right = 'view' | 'change' | 'manage';

/** Who may do what with firmware. Whoever runs an upgrader tells; has to be quick, and is asked again and again. */
export interface UpgraderRights {
  /** Whoever may do everything, with what is shared by all organizations, too. */
  isSuperuser(principal: Principal): boolean;
  /** In which organizations somebody has a right, which may be none. */
  organizationsOf(principal: Principal, right: Right): 'all' | readonly string[];
}

/**
 * Whether somebody may do that with what belongs to an organization. What is shared by all (null) may be seen by whoever may see anything, and
 * changed by superusers alone.
 */
export function isAllowed(
  rights: UpgraderRights,
  { principal, right }: { readonly principal: Principal; readonly right: Right },
  organization: string | null,
): boolean {
  if (rights.isSuperuser(principal)) return true;
  const organizations = rights.organizationsOf(principal, right);
  if (organization === null) return right === 'view' && organizations.length > 0;
  return organizations === 'all' || organizations.includes(organization);
}

/** Which organizations' devices somebody may see; undefined: those of all. */
export function visibleOrganizations(rights: UpgraderRights, principal: Principal): readonly string[] | undefined {
  if (rights.isSuperuser(principal)) return undefined;
  const organizations = rights.organizationsOf(principal, 'view');
  return organizations === 'all' ? undefined : organizations;
}
