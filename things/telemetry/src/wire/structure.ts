import { isMembers, type Members } from '@thingwright/core';

/** Limits on any frame, known keys or not (reference 6.1). */
const MAX_DEPTH = 6;
/** Items of an array. */
const MAX_ITEMS = 64;

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
