import type { Grant } from '@thingwright/core';
import type { DirectoryAccess, Subject } from '@thingwright/directory';
import { DEFAULT_ORGANIZATION, isRole, ROLES, type Role, singleOf } from '../policy.js';

const levelOf = (role: Role): number => ROLES.indexOf(role);

const isAtLeast = ({ role }: Grant, least: Role): boolean => isRole(role) && levelOf(role) >= levelOf(least);

/**
 * Makes the rules of the directory, in the roles of the gateway: who has one in an organization, or for that Thing, sees what is registered
 * there, and of it only the affordance and the operation that the grant is narrowed to; who is an operator there registers, changes and
 * removes it. What somebody registers is of the organization where they are one, the first that was granted; of the default one if they
 * are one everywhere.
 */
export const createDirectoryAccess = (organizationOf: (thing: string) => string | undefined): DirectoryAccess => ({
  maySee: ({ grants }, subject) =>
    grants.some((grant) => isAtLeast(grant, 'superuser') || (isAtLeast(grant, 'viewer') && isFor(grant, subject))),
  partOf({ grants }, subject) {
    const counting = grants.filter((grant) => isAtLeast(grant, 'viewer') && isFor(grant, subject));
    if (grants.some((grant) => isAtLeast(grant, 'superuser')) || counting.some(isWhole)) return undefined;
    return (operation, affordance) => counting.some((grant) => covers(grant, operation, affordance));
  },
  mayKeep: ({ grants }, subject) =>
    grants.some(
      (grant) =>
        isAtLeast(grant, 'superuser') || (isAtLeast(grant, 'operator') && isWhole(grant) && isFor(grant, subject)),
    ),
  homeOf({ grants }) {
    const homes = grants.filter(
      (grant) =>
        isAtLeast(grant, 'superuser') || (isAtLeast(grant, 'operator') && isWhole(grant) && grant.thing === undefined),
    );
    const isEverywhere = homes.some((grant) => isAtLeast(grant, 'superuser') || grant.organization === undefined);
    return isEverywhere ? DEFAULT_ORGANIZATION : homes[0]?.organization;
  },
  organizationOf,
});

const isFor = (grant: Grant, { id, organization }: Subject): boolean =>
  (grant.thing === undefined || grant.thing === id) &&
  (grant.organization === undefined || grant.organization === organization);

/** Whoever may do one thing only, or has one affordance only, has no say about the Thing. */
const isWhole = ({ affordance, operation }: Grant): boolean => affordance === undefined && operation === undefined;

/** Nobody asks here again about each affordance of a foreign Thing: an operation on all of them is for who may do it on all. */
const covers = (grant: Grant, operation: string, affordance: string | undefined): boolean =>
  (grant.affordance === undefined || grant.affordance === affordance) &&
  (grant.operation === undefined || grant.operation === operation || singleOf(grant.operation) === operation);
