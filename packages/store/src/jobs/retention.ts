import type { Kysely } from 'kysely';
import type { ChangeCursor } from '../change-cursor.js';
import type { Tables } from '../tables.js';
import { propertyKeys } from './property-keys.js';

/** How long the changes of a Thing are kept. */
export interface KnownRetention {
  /** Milliseconds; undefined as for all. */
  readonly raw: number | undefined;
  readonly means: number | undefined;
  /** Whether the change that a cursor stands at belongs to a history. Those of events never do. */
  lasts(change: Pick<ChangeCursor, 'name' | 'utf8'>): boolean;
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
    lasts: ({ name, utf8 }) => properties.has(name) && isSingle(utf8),
  };
  const known = new Map<number, KnownRetention>();
  for (const { key, raw, means, properties: wanted } of said) {
    const chosen: readonly string[] | undefined = wanted === null ? undefined : JSON.parse(wanted);
    const keys = new Set(names.filter(({ name }) => chosen?.includes(name)).map((each) => each.key));
    const lasts = chosen === undefined ? others.lasts : ({ name }: { readonly name: number }) => keys.has(name);
    known.set(key, { raw: raw ?? undefined, means: means ?? undefined, lasts });
  }
  return (thing) => known.get(thing) ?? others;
}

/** Objects and arrays are large, and are there in parts as a rule: they last only where somebody said so. */
function isSingle(json: Uint8Array): boolean {
  let first = 0;
  while ((json[first] ?? BRACE) <= SPACE) first++;
  return json[first] !== BRACE && json[first] !== BRACKET;
}

const [SPACE, BRACE, BRACKET] = [0x20, 0x7b, 0x5b];
