import { isMembers, type Members, sameValue } from '@thingwright/core';

/** Applies a JSON Merge Patch (RFC 7396) to an object, which stays as it is. */
export function applyMergePatch(target: unknown, patch: Members): Members {
  const merged = new Map(Object.entries(isMembers(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, isMembers(value) ? applyMergePatch(merged.get(name), value) : value);
  }
  return Object.fromEntries(merged);
}

/** The smallest merge patch that makes `after` of `before`; of members that become `null`, which no patch can say, it takes none away. */
export function mergePatchBetween(before: Members, after: Members): Members {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const changed = Object.entries(after).flatMap(([name, value]) => {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (sameValue(old, value)) return [];
    return [[name, isMembers(old) && isMembers(value) ? mergePatchBetween(old, value) : value]];
  });
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...Object.fromEntries(changed) };
}
