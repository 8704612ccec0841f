import type { Now } from '@thingwright/core';

/** Tells whether something has not happened for so many milliseconds; it has now. */
export type Seldom = (what: string, milliseconds: number) => boolean;

/** So many are remembered; beyond, the one that was new the longest ago is forgotten. */
const MOST = 10_000;

/** Makes a Seldom that remembers nothing yet. */
export function createSeldom(now: Now): Seldom {
  const known = new Map<string, number>();
  return (what, milliseconds) => {
    const present = now();
    const last = known.get(what);
    if (last !== undefined && present >= last && present - last < milliseconds) return false;
    known.delete(what);
    known.set(what, present);
    if (known.size > MOST) for (const oldest of known.keys()) return known.delete(oldest);
    return true;
  };
}
