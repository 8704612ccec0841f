import type { Now } from '@thingwright/core';

/** Tells whether something has happened less than `times` (default once) within so many milliseconds; it has once more now. */
export type Seldom = (what: string, milliseconds: number, times?: number) => boolean;

/** So many are remembered; beyond, the one that was new the longest ago is forgotten. */
const MOST = 10_000;

/** Makes a Seldom that remembers nothing yet. */
export function createSeldom(now: Now): Seldom {
  const known = new Map<string, { readonly since: number; count: number }>();
  return (what, milliseconds, times = 1) => {
    const present = now();
    const last = known.get(what);
    if (last && present >= last.since && present - last.since < milliseconds) return ++last.count <= times;
    known.delete(what);
    known.set(what, { since: present, count: 1 });
    if (known.size > MOST) for (const oldest of known.keys()) return known.delete(oldest);
    return true;
  };
}
