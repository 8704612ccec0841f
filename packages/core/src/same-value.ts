import { isMembers, type Members } from './members.js';

/** Tells whether two JSON values are the same. Where both are objects the members in `ignore` do not count. */
export function sameValue(a: unknown, b: unknown, ignore?: readonly string[]): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b);
  if (isMembers(a) && isMembers(b)) return sameMembers(a, b, ignore);
  return Number.isNaN(a) && Number.isNaN(b);
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}

function sameMembers(a: Members, b: Members, ignore: readonly string[] | undefined): boolean {
  let unmatched = 0;
  for (const name in a) {
    if (ignore?.includes(name)) continue;
    if (!Object.hasOwn(b, name) || !sameValue(a[name], b[name])) return false;
    unmatched++;
  }
  for (const name in b) if (!ignore?.includes(name)) unmatched--;
  return unmatched === 0;
}
