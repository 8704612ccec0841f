import type { Kysely } from 'kysely';
import type { Tables } from '../tables.js';

/** How long the changes of a Thing are kept. */
export interface KnownRetention {
  /** Milliseconds; undefined as for all. */
  readonly raw: number | undefined;
  readonly means: number | undefined;
  /** Whether a change of the name with that key, to that value, belongs to a history. Those of events never do. */
  lasts(name: number, value: unknown): boolean;
}

/** Reads what was said of the Thing with that key. */
export async function retentionOf(db: Kysely<Tables>, thing: number): Promise<KnownRetention> {
  const said = await db
    .selectFrom('retentions')
    .innerJoin('things', 'things.id', 'retentions.thing')
    .select(['raw', 'means', 'properties'])
    .where('things.key', '=', thing)
    .executeTakeFirst();
  const names = await db.selectFrom('names').select(['key', 'name']).where('kind', '=', 'property').execute();
  const chosen: readonly string[] | undefined = said?.properties ? JSON.parse(said.properties) : undefined;
  const lasting = names.filter(({ name }) => chosen === undefined || chosen.includes(name)).map(({ key }) => key);
  const keys = new Set(lasting);
  const lasts = (name: number, value: unknown): boolean => keys.has(name) && (chosen !== undefined || isSingle(value));
  return { raw: said?.raw ?? undefined, means: said?.means ?? undefined, lasts };
}

/** Objects and arrays are large, and are there in parts as a rule: they last only where somebody said so. */
const isSingle = (value: unknown): boolean => typeof value !== 'object' || value === null;
