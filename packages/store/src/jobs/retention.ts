import type { Kysely } from 'kysely';
import type { Tables } from '../tables.js';
import { propertyKeys } from './property-keys.js';

/** Which values of a name last as a history: all, those that are neither object nor array, or none. */
export type Lasting = 'all' | 'single' | 'none';

/** How long the changes of a Thing are kept. */
export interface KnownRetention {
  /** Milliseconds; undefined as for all. */
  readonly raw: number | undefined;
  readonly means: number | undefined;
  /** What belongs to a history of the name with that key. That of an event never does. */
  lasting(name: number): Lasting;
}

/** Reads what was said of Things; gives what holds for the one with a key. */
export async function readRetentions(db: Kysely<Tables>): Promise<(thing: number) => KnownRetention> {
  const properties = await propertyKeys(db);
  const names = await db.selectFrom('names').select(['key', 'name']).where('kind', '=', 'property').execute();
  const said = await db
    .selectFrom('retentions')
    .innerJoin('things', 'things.id', 'retentions.thing')
    .select(['key', 'raw', 'means', 'properties'])
    .execute();
  const others: KnownRetention = {
    raw: undefined,
    means: undefined,
    lasting: (name) => (properties.has(name) ? 'single' : 'none'),
  };
  const known = new Map<number, KnownRetention>();
  for (const { key, raw, means, properties: wanted } of said) {
    const chosen: readonly string[] | undefined = wanted === null ? undefined : JSON.parse(wanted);
    const keys = new Set(names.filter(({ name }) => chosen?.includes(name)).map((each) => each.key));
    const lasting = chosen === undefined ? others.lasting : (name: number) => (keys.has(name) ? 'all' : 'none');
    known.set(key, { raw: raw ?? undefined, means: means ?? undefined, lasting });
  }
  return (thing) => known.get(thing) ?? others;
}
