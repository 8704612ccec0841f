import { ColumnCursor, wholeRun } from '../column-cursor.js';
import type { Engine } from '../engine/engine.js';
import { type ChangeColumns, type ColumnChange, NO_CHANGES, toColumns } from '../group.js';
import { compareWithLog } from './compare-with-log.js';

/** Which changes of a Thing that are not settled are asked for. Moments are microseconds since 1970. */
export interface RecentWanted {
  readonly thing: number;
  /** Keys of names; absent: of all. */
  readonly names?: readonly number[];
  /** From this moment up to before that one. */
  readonly from: number;
  readonly to: number;
  /** So many at most: the latest, or the first. */
  readonly most: number;
  readonly newest: boolean;
}

/**
 * The changes of a Thing that are not settled, or were not a moment ago, oldest first. Only the writer knows them. Who reads blocks
 * too asks for these first, and then leaves out what is settled by then: so it has each change once.
 */
export async function readRecent(engine: Engine, wanted: RecentWanted): Promise<ChangeColumns> {
  const { thing, from, to, most, newest } = wanted;
  await compareWithLog(engine);
  const names = wanted.names && new Set(wanted.names);
  const runs = engine.unsettled.runsOf(thing);
  if (runs.length === 0) return NO_CHANGES;
  const cursor = new ColumnCursor(runs);
  const found: ColumnChange[] = [];
  while (cursor.next() && (newest || found.length < most)) {
    const { name, micros, number, text, invoker } = cursor;
    if (micros < from || micros >= to || names?.has(name) === false) continue;
    found.push({ thing, name, micros, number, text, invoker });
  }
  return toColumns(found.slice(-most));
}

/** Goes through recent changes, but for those up to a moment. */
export function recentAfter(recent: ChangeColumns, moment: number): ColumnCursor {
  const { micros, numbers, invokers } = recent;
  const isSettled = micros.findIndex((each) => each > moment);
  const from = isSettled < 0 ? micros.length : isSettled;
  const text = numbers.subarray(0, from).reduce((count, each) => count + (Number.isNaN(each) ? 1 : 0), 0);
  const later = invokers.findIndex(([place]) => place >= from);
  return new ColumnCursor([{ ...wholeRun(recent), from, text, invoker: later < 0 ? invokers.length : later }]);
}
