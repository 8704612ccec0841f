import { setImmediate as pause } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { parseRows, type WrittenRow } from '../change-text.js';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../tables.js';
import { GROWING, packBlocks } from './pack-blocks.js';
import { portions } from './portions.js';

/** How much is settled at once. */
export interface SettleOptions {
  /** Length of text at which the growing blocks of a Thing are packed into one. Default 65,536; to pack takes time. */
  readonly packAt?: number;
  /** Length of text to which a growing block is continued. Default 4096: a page. */
  readonly continueTo?: number;
  /** Things a transaction; a commit has to wait for one such transaction at most. Default 64. */
  readonly things?: number;
  /** Rows of the log that are read at once. Default 20,000. */
  readonly rows?: number;
  /** How often they are, at most. Default: until none are left. */
  readonly rounds?: number;
}

interface LogRow {
  readonly id: number;
  readonly thing: number;
  readonly first: number;
  readonly text: string;
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
 * Moves what is in the log into the blocks of its Things, each Thing in one transaction; gives the number of rows. What was
 * appended meanwhile may stay for the next time.
 */
export async function settle({ db }: Engine, options: SettleOptions): Promise<number> {
  const { packAt = 65_536, continueTo = 4096, things = 64, rows: most = 20_000 } = options;
  const { rounds = Number.POSITIVE_INFINITY } = options;
  let settled = 0;
  for (let round = 0; round < rounds; round++) {
    const rows = await db.selectFrom('log').selectAll().orderBy('id').limit(most).execute();
    const properties = await propertyKeys(db);
    for (const slice of portions([...byThing(rows)], things)) {
      const full = await db
        .transaction()
        .execute((transaction) => settleSlice(transaction, slice, { continueTo, packAt, properties }));
      await pause();
      for (const some of portions(full, PACKED_AT_ONCE)) {
        await packBlocks(db, some);
        await pause();
      }
    }
    settled += rows.length;
    if (rows.length < most) break;
  }
  return settled;
}

async function propertyKeys(db: Kysely<Tables>): Promise<ReadonlySet<number>> {
  const rows = await db.selectFrom('names').select('key').where('kind', '=', 'property').execute();
  return new Set(rows.map(({ key }) => key));
}

function byThing(rows: readonly LogRow[]): ReadonlyMap<number, readonly LogRow[]> {
  const things = new Map<number, LogRow[]>();
  for (const row of rows) {
    const list = things.get(row.thing);
    if (list) list.push(row);
    else things.set(row.thing, [row]);
  }
  return things;
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
  slice: readonly (readonly [number, readonly LogRow[]])[],
  options: SliceOptions,
): Promise<readonly number[]> {
  const keys = slice.map(([thing]) => thing);
  const taken = await takeFromLog(
    db,
    slice.flatMap(([, rows]) => rows.map(({ id }) => id)),
  );
  const known = await db.selectFrom('things').select('key').where('key', 'in', keys).execute();
  const existing = new Set(known.map(({ key }) => key));
  const old = await db.selectFrom('tails').selectAll().where('thing', 'in', keys).execute();
  const before = new Map(old.map((tail) => [tail.thing, tail]));
  const tails: Tail[] = [];
  for (const [thing, all] of slice) {
    const rows = all.filter(({ id }) => taken.has(id));
    if (rows.length === 0 || !existing.has(thing)) continue;
    tails.push(await settleThing(db, { rows, tail: before.get(thing), thing }, options));
  }
  await writeTails(db, tails);
  return tails.filter(({ open_total }) => open_total >= options.packAt).map(({ thing }) => thing);
}

/** Gives the rows that were still there: what somebody else has settled since they were read is not settled again. */
async function takeFromLog(db: Kysely<Tables>, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const taken = new Set<number>();
  for (const some of portions(ids, 500)) {
    const rows = await db.deleteFrom('log').where('id', 'in', some).returning('id').execute();
    for (const { id } of rows) taken.add(id);
  }
  return taken;
}

async function settleThing(
  db: Kysely<Tables>,
  { thing, rows, tail }: { readonly thing: number; readonly rows: readonly LogRow[]; readonly tail: Tail | undefined },
  { continueTo, properties }: SliceOptions,
): Promise<Tail> {
  const text = rows.map((row) => row.text).join(',');
  const parsed = parseRows(text);
  const { count, last, latest } = sumUp(parsed, tail?.latest ?? '{}', properties);
  const start = rows[0]?.first ?? 0;
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

/** Counts changes, and brings the latest values of properties up to date. */
function sumUp(
  rows: readonly WrittenRow[],
  before: string,
  properties: ReadonlySet<number>,
): { readonly count: number; readonly last: number; readonly latest: string } {
  const latest: Record<string, readonly [value: unknown, micros: number]> = JSON.parse(before);
  let count = 0;
  let last = 0;
  for (const [first, ...changes] of rows) {
    for (const [name, offset, value] of changes) {
      count++;
      last = first + offset;
      if (properties.has(name)) latest[name] = [value, last];
    }
  }
  return { count, last, latest: JSON.stringify(latest) };
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
