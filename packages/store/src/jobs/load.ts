import { ColumnCursor, lastOf, type Run } from '../column-cursor.js';
import type { Engine } from '../engine/engine.js';
import { latestOf, standingAfter } from '../standing.js';
import { compareWithLog } from './compare-with-log.js';
import { propertyKeys } from './property-keys.js';

/** How a Thing stands. */
export interface LoadedTail {
  readonly thing: number;
  readonly last: number;
  readonly latest: string;
  /** Whether some of its changes are not settled. */
  readonly unsettled: boolean;
}

/** What a store has to know of the past before it can answer at once. */
export interface Loaded {
  readonly things: readonly { readonly key: number; readonly id: string }[];
  readonly names: readonly { readonly key: number; readonly kind: string; readonly name: string }[];
  readonly tails: readonly LoadedTail[];
  /** In the order of their requests. `kept` is JSON of a KeptInvocation. */
  readonly invocations: readonly { readonly thing: number; readonly kept: string }[];
  readonly holes: readonly { readonly start: number; readonly until: number }[];
  /** How many changes are not settled. */
  readonly unsettled: number;
  /** The greatest key of a Thing, of those that are forgotten and still in the log too. */
  readonly lastKey: number;
}

/** Reads it. */
export async function load(engine: Engine): Promise<Loaded> {
  await compareWithLog(engine);
  const { unsettled } = engine;
  return engine.db.transaction().execute(async (db) => {
    const things = await db.selectFrom('things').select(['key', 'id']).execute();
    const runs = unsettled.byThing();
    const keys = [...things.map(({ key }) => key), ...runs.keys()];
    return {
      things,
      names: await db.selectFrom('names').select(['key', 'kind', 'name']).execute(),
      tails: await loadTails(db, runs),
      invocations: await db.selectFrom('invocations').select(['thing', 'kept']).orderBy('place').execute(),
      holes: await db.selectFrom('holes').select(['start', 'until']).execute(),
      unsettled: unsettled.size,
      lastKey: keys.reduce((most, key) => Math.max(most, key), 0),
    };
  });
}

/** As they will be when all is settled. */
async function loadTails(
  db: Engine['db'],
  unsettled: ReadonlyMap<number, readonly Run[]>,
): Promise<readonly LoadedTail[]> {
  const properties = await propertyKeys(db);
  const tails = new Map<number, LoadedTail>();
  for (const tail of await db.selectFrom('tails').select(['thing', 'last', 'latest']).execute()) {
    tails.set(tail.thing, { ...tail, unsettled: false });
  }
  for (const [thing, runs] of unsettled) {
    const { last: settled = 0, latest: before = '{}' } = tails.get(thing) ?? {};
    const later = runs.filter((run) => lastOf(run) > settled);
    if (later.length === 0) continue;
    const last = later.reduce((most, run) => Math.max(most, lastOf(run)), settled);
    const latest = standingAfter(before, latestOf(new ColumnCursor(later)), properties);
    tails.set(thing, { thing, last, latest, unsettled: true });
  }
  return [...tails.values()];
}
