import { setImmediate as pause } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { jsonAt } from '../change-cursor.js';
import { ColumnCursor, firstOf, lastOf, type Run } from '../column-cursor.js';
import type { Engine } from '../engine/engine.js';
import { standAfter } from '../standing.js';
import type { Tables } from '../tables.js';
import { compareWithLog } from './compare-with-log.js';
import { GROWING, packBlocks } from './pack-blocks.js';
import { portions } from './portions.js';
import { propertyKeys } from './property-keys.js';

/** How much is settled at once. */
export interface SettleOptions {
  /** Length of text at which the growing blocks of a Thing are packed into one. Default 65,536; to pack takes time. */
  readonly packAt?: number;
  /** Length of text to which a growing block is continued. Default 4096: a page. */
  readonly continueTo?: number;
  /** Things a transaction; a commit has to wait for one such transaction at most. Default 64. */
  readonly things?: number;
}

/** Things that are packed in one transaction. */
const PACKED_AT_ONCE = 8;

/** How a Thing stands: a row of `tails`. */
interface Tail {
  thing: number;
  last: number;
  latest: string;
  open_start: number;
  open_length: number;
  open_total: number;
}

/**
 * Moves what is in the log into the blocks of its Things, some Things a transaction; then it leaves the log. What is not after
 * the last moment of its Thing's tail is in the blocks already, should this have been broken off before.
 */
export async function settle(engine: Engine, options: SettleOptions): Promise<void> {
  const { packAt = 65_536, continueTo = 4096, things = 64 } = options;
  await compareWithLog(engine);
  const { db, unsettled } = engine;
  const { ids } = unsettled;
  const properties = await propertyKeys(db);
  for (const slice of portions([...unsettled.byThing()], things)) {
    const full = await db
      .transaction()
      .execute((transaction) => settleSlice(transaction, slice, { continueTo, packAt, properties }));
    await pause();
    for (const some of portions(full, PACKED_AT_ONCE)) {
      await packBlocks(db, some);
      await pause();
    }
  }
  for (const some of portions(ids, 500)) await db.deleteFrom('log').where('id', 'in', some).execute();
  unsettled.drop(ids);
}

interface SliceOptions {
  readonly continueTo: number;
  readonly packAt: number;
  /** Keys of the names of properties. */
  readonly properties: ReadonlySet<number>;
}

/** Settles some Things; gives those whose blocks are due to be packed. */
async function settleSlice(
  db: Kysely<Tables>,
  slice: readonly (readonly [number, readonly Run[]])[],
  options: SliceOptions,
): Promise<readonly number[]> {
  const keys = slice.map(([thing]) => thing);
  const known = await db.selectFrom('things').select('key').where('key', 'in', keys).execute();
  const existing = new Set(known.map(({ key }) => key));
  const old = await db.selectFrom('tails').selectAll().where('thing', 'in', keys).execute();
  const before = new Map(old.map((tail) => [tail.thing, tail]));
  const tails: Tail[] = [];
  for (const [thing, all] of slice) {
    const tail = before.get(thing);
    const runs = all.filter((run) => lastOf(run) > (tail?.last ?? 0));
    if (runs.length === 0 || !existing.has(thing)) continue;
    tails.push(await settleThing(db, { runs, tail, thing }, options));
  }
  await writeTails(db, tails);
  return tails.filter(({ open_total }) => open_total >= options.packAt).map(({ thing }) => thing);
}

async function settleThing(
  db: Kysely<Tables>,
  { thing, runs, tail }: { readonly thing: number; readonly runs: readonly Run[]; readonly tail: Tail | undefined },
  { continueTo, properties }: SliceOptions,
): Promise<Tail> {
  const text = runs.map(textOf).join(',');
  const { count, last, latest } = standAfter(new ColumnCursor(runs), tail?.latest ?? '{}', properties);
  const [run] = runs;
  const start = run ? firstOf(run) : 0;
  const total = (tail?.open_total ?? 0) + text.length;
  if (tail && tail.open_length > 0 && tail.open_length < continueTo) {
    await db
      .updateTable('blocks')
      .set((e) => ({
        text: e('text', '||', `,${text}`),
        until: last,
        count: e('count', '+', count),
      }))
      .where('thing', '=', thing)
      .where('start', '=', tail.open_start)
      .where('class', '=', GROWING)
      .execute();
    const length = tail.open_length + text.length + 1;
    return { thing, last, latest, open_start: tail.open_start, open_length: length, open_total: total + 1 };
  }
  const block = { thing, start, until: last, class: GROWING, count, text, packed: null };
  await db.insertInto('blocks').values(block).execute();
  return { thing, last, latest, open_start: start, open_length: text.length, open_total: total };
}

function textOf(run: Run): string {
  const first = firstOf(run);
  const parts = [`${first}`];
  const cursor = new ColumnCursor([run]);
  while (cursor.next()) {
    const { name, micros, number, text, invoker } = cursor;
    const tuple = `${name},${micros - first}`;
    const isValueless = Number.isNaN(number) && text === '';
    if (invoker === undefined) parts.push(isValueless ? `[${tuple}]` : `[${tuple},${jsonAt(cursor)}]`);
    else parts.push(`[${tuple},${jsonAt(cursor)},${JSON.stringify(invoker)}${isValueless ? ',0' : ''}]`);
  }
  return `[${parts.join()}]`;
}

async function writeTails(db: Kysely<Tables>, tails: readonly Tail[]): Promise<void> {
  if (tails.length === 0) return;
  await db
    .insertInto('tails')
    .values(tails)
    .onConflict((conflict) =>
      conflict.column('thing').doUpdateSet(({ ref }) => ({
        last: ref('excluded.last'),
        latest: ref('excluded.latest'),
        open_start: ref('excluded.open_start'),
        open_length: ref('excluded.open_length'),
        open_total: ref('excluded.open_total'),
      })),
    )
    .execute();
}
