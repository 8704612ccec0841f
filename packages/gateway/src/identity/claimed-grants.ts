import { type Grant, OPERATION_NAMES } from '@thingwright/core';
import { isRole } from '../policy.js';

const MEMBERS: ReadonlySet<string> = new Set(['role', 'organization', 'thing', 'affordance', 'operation']);

/** Grants of one token at most. */
const MOST = 100;

/**
 * Reads grants out of a claim: an array, or one alone, of `role`, `role@organization`, or objects with the members of a {@link Grant}.
 * What is not understood to its last member is left out: a grant is never widened.
 */
export function claimedGrants(claim: unknown): readonly Grant[] {
  const all: readonly unknown[] = [claim].flat();
  return all.slice(0, MOST).flatMap((one) => {
    const grant = typeof one === 'string' ? ofText(one) : ofObject(one);
    return grant && isRole(grant.role) ? [grant] : [];
  });
}

function ofText(text: string): Grant | undefined {
  const at = text.indexOf('@');
  if (at < 0) return { role: text };
  const organization = text.slice(at + 1);
  return organization === '' ? undefined : { role: text.slice(0, at), organization };
}

function ofObject(value: unknown): Grant | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (members.some(([name, text]) => !MEMBERS.has(name) || typeof text !== 'string' || text === '')) return undefined;
  const text = (name: string): string | undefined => {
    const found = members.find(([member]) => member === name)?.[1];
    return typeof found === 'string' ? found : undefined;
  };
  const [role, organization, thing, affordance] = [
    text('role'),
    text('organization'),
    text('thing'),
    text('affordance'),
  ];
  const named = text('operation');
  const operation = OPERATION_NAMES.find((name) => name === named);
  if (role === undefined || (named !== undefined && operation === undefined)) return undefined;
  return {
    role,
    ...(organization === undefined ? {} : { organization }),
    ...(thing === undefined ? {} : { thing }),
    ...(affordance === undefined ? {} : { affordance }),
    ...(operation === undefined ? {} : { operation }),
  };
}
