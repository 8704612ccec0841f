import { OPERATION_NAMES, ThingError } from '@thingwright/core';
import type { GrantRecord, PrincipalRecord } from './principals.js';

/** A row of `principals`, without the password. */
export interface PrincipalRow {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly title: string;
  readonly organization: string;
  readonly disabled: number;
  readonly created: string;
  readonly modified: string;
}

/** A row of `grants`. */
export interface GrantRow {
  readonly id: string;
  readonly principal: string;
  readonly role: string;
  readonly organization: string | null;
  readonly thing: string | null;
  readonly affordance: string | null;
  readonly operation: string | null;
  readonly created: string;
}

/** A principal of its rows. */
export function toPrincipal(row: PrincipalRow, grants: readonly GrantRow[]): PrincipalRecord {
  const { id, kind, name, title, organization, disabled, created, modified } = row;
  return {
    id,
    kind: kind === 'service' ? 'service' : 'user',
    name,
    title,
    organization,
    disabled: disabled !== 0,
    grants: grants.flatMap(toGrants),
    created,
    modified,
  };
}

/** None if it is for an operation that this release does not know: a grant is never widened. */
function toGrants({ id, role, organization, thing, affordance, operation, created }: GrantRow): readonly GrantRecord[] {
  const known = OPERATION_NAMES.find((name) => name === operation);
  if (operation !== null && known === undefined) return [];
  const grant = {
    id,
    role,
    ...(organization === null ? {} : { organization }),
    ...(thing === null ? {} : { thing }),
    ...(affordance === null ? {} : { affordance }),
    ...(known === undefined ? {} : { operation: known }),
    created,
  };
  return [grant];
}

/** There is no principal of that id. */
export const nobody = (id: string): ThingError => new ThingError('notFound', `There is nobody with the id '${id}'`);
