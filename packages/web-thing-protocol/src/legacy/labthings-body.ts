import { type Fault, isMembers, type ThingError } from '@thingwright/core';
import { ownMember, textOf } from '../members.js';
import { fromProblem } from '../problem.js';

/** What was refused, and what it was meant for. */
export interface RefusedValue {
  /** Of the property or action, or of the part of the path. */
  readonly name: string;
  /** As received. */
  readonly value: unknown;
  /** Where it stood. Default: in the body. */
  readonly place?: 'body' | 'path';
}

/** HTTP status of a value or an input that does not fit, in place of 400. */
export const UNPROCESSABLE = 422;

/**
 * Writes the body of an error for LabThings' HTTP clients: `{"detail": text}`, or the list of faults that goes with
 * {@link UNPROCESSABLE}. Each fault has a second part in `loc`, which clients read unasked.
 */
export function toLabThingsErrorBody(
  { detail, faults }: Pick<ThingError, 'detail' | 'faults'>,
  refused?: RefusedValue,
): object {
  if (!refused || !faults || faults.length === 0) return { detail };
  return { detail: faults.map((fault) => toValidationError(fault, refused)) };
}

function toValidationError({ path, message }: Fault, { name, value, place = 'body' }: RefusedValue): object {
  const loc: (string | number)[] = [];
  let inside = value;
  for (const segment of path.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    loc.push(Array.isArray(inside) && /^\d+$/.test(key) ? Number(key) : key);
    inside = childOf(inside, key);
  }
  const input = inside === undefined ? null : inside;
  return { type: 'value_error', loc: [place, ...(loc.length === 0 ? [name] : loc)], msg: message, input };
}

function childOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.find((_item, place) => String(place) === key);
  return isMembers(value) ? ownMember(value, key) : undefined;
}

/** The input of a LabThings invocation: an action that declares none is sent no body, `null` or `{}`. */
export function readLabThingsInput(body: unknown, declared: boolean): { readonly input?: unknown } {
  const isNothing = body === undefined || body === null || (isMembers(body) && Object.keys(body).length === 0);
  return body === undefined || (isNothing && !declared) ? {} : { input: body };
}

/** Reads the answer of a LabThings server to a request that failed. Never throws. */
export function readLabThingsError(status: number, body: unknown): ThingError {
  const detail = isMembers(body) ? body.detail : undefined;
  return fromProblem({ status, detail: Array.isArray(detail) ? detail.map(tell).join('; ') : textOf(detail) });
}

function tell(entry: unknown): string {
  if (!isMembers(entry)) return String(entry);
  const { loc, msg } = entry;
  const where = Array.isArray(loc) ? loc.slice(1).join('/') : '';
  return where === '' ? String(msg) : `${where}: ${String(msg)}`;
}
