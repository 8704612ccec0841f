import type { Engine } from '../engine/engine.js';

/** Keys of the names of properties. */
export async function propertyKeys(db: Engine['db']): Promise<ReadonlySet<number>> {
  const rows = await db.selectFrom('names').select('key').where('kind', '=', 'property').execute();
  return new Set(rows.map(({ key }) => key));
}
