import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Kysely } from 'kysely';
import { parseRows, rowsToText, TextCursor, type WrittenChange, type WrittenRow } from '../change-text.js';
import type { Tables } from '../tables.js';
import { minutesOf } from './minutes.js';
import { retentionOf } from './retention.js';

/** The classes of blocks: those that grow hold changes of all names; packed ones are kept as long as a history, or shortly. */
export const GROWING = 2;
const LASTING = 1;
export const PASSING = 0;

/** Packs text for good. */
const pack = (text: string): Uint8Array => deflateRawSync(text);

/** Reads back what {@link pack} gave. */
export const unpack = (packed: Uint8Array): string => inflateRawSync(packed).toString();

/** Joins the growing blocks of each of some Things into packed ones, and sums up their minutes; in one transaction. */
export async function packBlocks(db: Kysely<Tables>, things: readonly number[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const thing of things) await packThing(transaction, thing);
  });
}

async function packThing(db: Kysely<Tables>, thing: number): Promise<void> {
  const growing = await db
    .selectFrom('blocks')
    .select('text')
    .where('thing', '=', thing)
    .where('class', '=', GROWING)
    .orderBy('start')
    .execute();
  const rows = parseRows(growing.map(({ text }) => text).join(','));
  await db.deleteFrom('blocks').where('thing', '=', thing).where('class', '=', GROWING).execute();
  const { lasts } = await retentionOf(db, thing);
  const lasting = part(rows, lasts);
  await insertPacked(db, { thing, kind: LASTING, rows: lasting });
  await insertPacked(db, { thing, kind: PASSING, rows: part(rows, (name, value) => !lasts(name, value)) });
  const minutes = minutesOf(new TextCursor(rowsToText(lasting)));
  if (minutes) {
    const { start, until, text } = minutes;
    await db
      .insertInto('minutes')
      .values({ thing, start, until, packed: pack(text) })
      .execute();
  }
  const none = { open_start: 0, open_length: 0, open_total: 0 };
  await db.updateTable('tails').set(none).where('thing', '=', thing).execute();
}

/** Some of the changes; rows without any are left out. */
function part(rows: readonly WrittenRow[], holds: (name: number, value: unknown) => boolean): readonly WrittenRow[] {
  const kept: WrittenRow[] = [];
  for (const [first, ...changes] of rows) {
    const some = changes.filter(([name, , value]) => holds(name, value));
    if (some.length > 0) kept.push([first, ...some]);
  }
  return kept;
}

const momentOf = (row: WrittenRow | undefined, change: WrittenChange | number | undefined): number =>
  (row?.[0] ?? 0) + (Array.isArray(change) ? change[1] : 0);

async function insertPacked(
  db: Kysely<Tables>,
  { thing, kind, rows }: { readonly thing: number; readonly kind: number; readonly rows: readonly WrittenRow[] },
): Promise<void> {
  const last = rows.at(-1);
  if (!last) return;
  const block = {
    thing,
    class: kind,
    start: momentOf(rows[0], rows[0]?.[1]),
    until: momentOf(last, last.at(-1)),
    count: rows.reduce((sum, row) => sum + row.length - 1, 0),
    text: null,
    packed: pack(rowsToText(rows)),
  };
  await db.insertInto('blocks').values(block).execute();
}
