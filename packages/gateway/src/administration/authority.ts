import { type Grant, type Principal, ThingError } from '@thingwright/core';
import type { PrincipalRecord } from '@thingwright/store';
import { hasRole, isRole } from '../policy.js';

/** Whether somebody administers an organization; undefined: all of them. */
export const isAdminOf = (caller: Principal, organization: string | undefined): boolean =>
  hasRole(caller, 'admin', organization);

/** @throws ThingError `forbidden` if somebody does not administer that organization. */
export function demandAdminOf(caller: Principal, organization: string): void {
  if (isAdminOf(caller, organization)) return;
  throw new ThingError('forbidden', `${caller.id} does not administer the organization '${organization}'`);
}

/** Whether somebody may give that grant, or take it back: nobody gives more than they have. */
export function mayGive(caller: Principal, { role, organization }: Grant): boolean {
  if (hasRole(caller, 'superuser', undefined)) return true;
  return isRole(role) && role !== 'superuser' && isAdminOf(caller, organization);
}

/**
 * Whether somebody may have the credentials of another in hand, shut it out and remove it: who holds the credentials of another
 * may do all that the other may.
 */
export const outranks = (
  caller: Principal,
  { organization, grants }: Pick<PrincipalRecord, 'organization' | 'grants'>,
): boolean => isAdminOf(caller, organization) && grants.every((grant) => mayGive(caller, grant));
