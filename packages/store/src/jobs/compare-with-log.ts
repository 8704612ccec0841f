import type { Engine } from '../engine/engine.js';
import { decodeSegment } from '../segment.js';
import { portions } from './portions.js';

/** Groups that are read at once. */
const GROUPS = 16;

/** Brings what is known of the log in line with it: when a process has just begun, or after something failed. */
export async function compareWithLog({ db, unsettled }: Engine): Promise<void> {
  if (unsettled.isCertain) return;
  const { doubts, ids: known } = unsettled;
  const rows = await db.selectFrom('log').select('id').orderBy('id').execute();
  const there = new Set(rows.map(({ id }) => id));
  const missing = new Set(there);
  for (const id of unsettled.ids) missing.delete(id);
  for (const ids of portions([...missing], GROUPS)) {
    const segments = await db.selectFrom('log').selectAll().where('id', 'in', ids).execute();
    for (const segment of segments) unsettled.add(segment.id, decodeSegment(segment));
  }
  unsettled.drop(known.filter((id) => !there.has(id)));
  unsettled.trust(doubts);
}
