import type { Right, UpgraderRights } from '@thingwright/upgrader';
import { isRole, ROLES, type Role } from '../policy.js';

/** Which role a right takes: who may view is a viewer, who may change an operator, who may manage an admin. */
const ROLE_OF: Readonly<Record<Right, Role>> = { view: 'viewer', change: 'operator', manage: 'admin' };

const isAtLeast = (role: string, least: Role): boolean => isRole(role) && ROLES.indexOf(role) >= ROLES.indexOf(least);

/** Who may do what with firmware, by the grants of a gateway; one for single Things or affordances is none for a whole organization. */
export const upgraderRights: UpgraderRights = {
  isSuperuser: ({ grants }) => grants.some(({ role }) => role === 'superuser'),
  organizationsOf({ grants }, right) {
    const organizations: string[] = [];
    for (const { role, organization, thing, affordance, operation } of grants) {
      if (thing !== undefined || affordance !== undefined || operation !== undefined) continue;
      if (!isAtLeast(role, ROLE_OF[right])) continue;
      if (organization === undefined) return 'all';
      organizations.push(organization);
    }
    return organizations;
  },
};
