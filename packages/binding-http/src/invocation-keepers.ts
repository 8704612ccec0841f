import type { Thing } from '@thingwright/core';

/** Invocations whose Things are remembered. */
const MOST_KNOWN = 1000;

/** Knows which Thing keeps an invocation. */
export interface InvocationKeepers {
  /** The Thing that keeps it, if one does; who may know of it is another question. */
  of(actionID: string): Thing | undefined;
}

/**
 * Makes the search for invocations among Things. All of them are asked for one that is new here; whoever polls asks for the same
 * one again, so the latest are remembered, by the names of their Things.
 */
export function createInvocationKeepers(things: ReadonlyMap<string, Thing>): InvocationKeepers {
  const known = new Map<string, string>();

  const search = (actionID: string): Thing | undefined => {
    for (const thing of things.values()) if (thing.keepsInvocation(actionID)) return thing;
    return undefined;
  };

  return {
    of(actionID) {
      const name = known.get(actionID);
      const last = name === undefined ? undefined : things.get(name);
      if (last?.keepsInvocation(actionID)) return last;
      known.delete(actionID);
      const thing = search(actionID);
      if (thing) known.set(actionID, thing.name);
      const [oldest] = known.size > MOST_KNOWN ? known.keys() : [];
      if (oldest !== undefined) known.delete(oldest);
      return thing;
    },
  };
}
