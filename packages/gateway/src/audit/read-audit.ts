import { formatMicroseconds, type Principal, ThingError } from '@thingwright/core';
import type { AuditRecord, AuditTrail } from '@thingwright/store';
import type { Static } from 'typebox';
import { parseTime } from '../history/parse-time.js';
import { hasRole } from '../policy.js';
import type { AuditInput, AuditItem } from './audit.model.js';

/** A record as it is shown. */
export type AuditEntryShown = Static<typeof AuditItem>;

/** Which part is wanted, as the action is asked. */
export type AuditRequest = Static<typeof AuditInput>;

/** A page of the audit. */
export interface AuditPage {
  readonly items: AuditEntryShown[];
  /** Absent at the end. */
  readonly next?: string;
}

/**
 * Reads a page of what a principal may see of the audit: who administers everything, all of it; who administers organizations, what
 * concerned their Things. @throws ThingError `forbidden` for others, `invalid`, `unavailable`.
 */
export async function readAudit(
  trail: Pick<AuditTrail, 'read'>,
  principal: Principal,
  request: AuditRequest,
): Promise<AuditPage> {
  const { from, to, order, ...rest } = request;
  const { items, next } = await trail.read({
    ...rest,
    from: from === undefined ? undefined : parseTime(from, 'from'),
    to: to === undefined ? undefined : parseTime(to, 'to'),
    first: order,
    organizations: administeredBy(principal),
  });
  return { items: items.map(toShown), ...(next === undefined ? {} : { next }) };
}

/** Reads all of it, some at a time, as it is asked for; `limit` is how many at most, absent: all. */
export async function* readWholeAudit(
  trail: Pick<AuditTrail, 'read'>,
  principal: Principal,
  { limit = Number.POSITIVE_INFINITY, ...request }: AuditRequest,
): AsyncGenerator<readonly AuditEntryShown[]> {
  let left = limit;
  let after = request.after;
  while (left > 0) {
    const asked = { ...request, limit: Math.min(left, 1000) };
    const { items, next } = await readAudit(trail, principal, after === undefined ? asked : { ...asked, after });
    if (items.length > 0) yield items;
    left -= items.length;
    if (next === undefined) return;
    after = next;
  }
}

/** The organizations of which somebody may see the audit; undefined: all, and what concerns none. */
function administeredBy(principal: Principal): readonly string[] | undefined {
  if (hasRole(principal, 'admin', undefined)) return undefined;
  const named = new Set(principal.grants.flatMap(({ organization }) => organization ?? []));
  const administered = [...named].filter((organization) => hasRole(principal, 'admin', organization));
  if (administered.length > 0) return administered;
  throw new ThingError('forbidden', `${principal.id} administers nothing, and may not see the audit`);
}

function toShown({ micros, thing, name, affordances, ...rest }: AuditRecord): AuditEntryShown {
  const { principal, address, organization, operation, actionID, result, detail } = rest;
  return {
    time: formatMicroseconds(micros),
    principal,
    ...(address === undefined ? {} : { address }),
    ...(name === undefined ? {} : { thing: name }),
    ...(thing === undefined ? {} : { thingID: thing }),
    ...(organization === undefined ? {} : { organization }),
    operation,
    affordances: [...affordances],
    ...(actionID === undefined ? {} : { actionID }),
    result,
    ...(detail === undefined ? {} : { detail }),
  };
}
