import { isMembers, type Members } from '@thingwright/core';

/** Limits on any frame, known keys or not (reference 6.1). */
const MAX_DEPTH = 6;
/** Items of an array. */
const MAX_ITEMS = 64;
/** Values in a frame, on all levels. */
const MAX_VALUES = 1000;
/** A frame of so many bytes cannot hold more values than that. */
const ROOMY = 2 * MAX_VALUES;

/** How many strings a parsed frame is made of, names included; NaN if {@link structureFlaw} would name something. */
export function stringsIn(value: unknown, depth = 1): number {
  if (typeof value === 'string') return 1;
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : Number.NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > MAX_DEPTH) return Number.NaN;
  let strings = 0;
  if (Array.isArray(value)) {
    if (value.length > MAX_ITEMS) return Number.NaN;
    for (const item of value) strings += stringsIn(item, depth + 1);
  } else if (isMembers(value)) {
    for (const name in value) strings += 1 + stringsIn(value[name], depth + 1);
  }
  return strings;
}

/**
 * Names what is wrong with the shape of a parsed frame: nested too deeply, an array too long, or a number that is not
 * finite (JSON can write one: `1e999`). Undefined if nothing is.
 */
export function structureFlaw(value: unknown, depth = 1): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number is not finite';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
  if (Array.isArray(value)) return itemsFlaw(value, depth);
  return isMembers(value) ? membersFlaw(value, depth) : undefined;
}

/**
 * Names what is wrong with the size of a parsed frame, whose depth has been looked at: in memory each value, however short its
 * text, takes many times its bytes, and latest frames are kept by the thousand.
 */
export function sizeFlaw(frame: Members, bytes: number): string | undefined {
  return bytes > ROOMY && valuesIn(frame) > MAX_VALUES ? `more than ${MAX_VALUES} values` : undefined;
}

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const member of Object.values(value)) count += valuesIn(member);
  return count;
}

function itemsFlaw(items: readonly unknown[], depth: number): string | undefined {
  if (items.length > MAX_ITEMS) return `an array longer than ${MAX_ITEMS}`;
  for (const item of items) {
    const flaw = structureFlaw(item, depth + 1);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function membersFlaw(members: Members, depth: number): string | undefined {
  for (const name in members) {
    const flaw = structureFlaw(members[name], depth + 1);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}
