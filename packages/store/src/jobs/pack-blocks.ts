import { deflateRawSync } from 'node:zlib';
import type { Kysely } from 'kysely';
import type { Engine } from '../engine/engine.js';
import { lightTransaction } from '../engine/light-transaction.js';
import { PieceCursor } from '../piece.js';
import type { Tables } from '../tables.js';
import { DEFLATED, GROWING, LASTING } from './blocks.js';
import { minutesOf } from './minutes.js';

/** Bytes a change from which it is worth while to deflate: there is text among them then. */
const DEFLATED_FROM = 8;

/** Joins the growing blocks of each of some Things into packed ones, and sums up their minutes; in one transaction. */
export async function packBlocks(engine: Pick<Engine, 'kind' | 'db'>, things: readonly number[]): Promise<void> {
  await lightTransaction(engine, async (transaction) => {
    for (const thing of things) await packThing(transaction, thing);
  });
}

async function packThing(db: Kysely<Tables>, thing: number): Promise<void> {
  const growing = await db
    .selectFrom('blocks')
    .select(['start', 'until', 'count', 'number', 'pieces'])
    .where('thing', '=', thing)
    .where('class', '=', GROWING)
    .orderBy('start')
    .execute();
  const [first] = growing;
  const last = growing.at(-1);
  if (!first || !last) return;
  const pieces = Buffer.concat(growing.map((block) => block.pieces ?? new Uint8Array(0)));
  const count = growing.reduce((sum, block) => sum + block.count, 0);
  await db.deleteFrom('blocks').where('thing', '=', thing).where('class', '=', GROWING).execute();
  const block = { thing, start: first.start, until: last.until, class: LASTING, count, number: last.number };
  await db
    .insertInto('blocks')
    .values({ ...block, pieces: pack(pieces, count) })
    .execute();
  const minutes = minutesOf(new PieceCursor(pieces));
  if (minutes) {
    const { start, until, text } = minutes;
    await db
      .insertInto('minutes')
      .values({ thing, start, until, packed: deflateRawSync(text) })
      .execute();
  }
  const none = { open_start: 0, open_length: 0, open_total: 0 };
  await db.updateTable('tails').set(none).where('thing', '=', thing).execute();
}

function pack(pieces: Uint8Array, count: number): Uint8Array {
  if (pieces.length < count * DEFLATED_FROM) return pieces;
  return Buffer.concat([Uint8Array.of(DEFLATED), deflateRawSync(pieces)]);
}
