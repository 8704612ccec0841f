import { sql } from 'kysely';
import { changesInText } from '../change-text.js';
import { wholeRun } from '../column-cursor.js';
import type { Engine } from '../engine/engine.js';
import { toColumns } from '../group.js';
import { type BlockRow, GROWING, PASSING, writeBlocks } from '../jobs/blocks.js';
import { readRetentions } from '../jobs/retention.js';
import { ChangeSplitter } from '../jobs/split-changes.js';

/** Puts what was growing, as text of all names, into pieces: of what has a history and of what has none. */
export async function splitGrowing(engine: Pick<Engine, 'kind' | 'db'>): Promise<void> {
  const { db } = engine;
  const retentionOf = await readRetentions(db);
  const splitter = new ChangeSplitter();
  const { rows: things } = await sql<{ thing: number }>`
    SELECT DISTINCT thing FROM blocks WHERE class = ${GROWING} AND text IS NOT NULL`.execute(db);
  for (const { thing } of things) {
    const { rows: blocks } = await sql<{ text: string }>`
      SELECT text FROM blocks WHERE thing = ${thing} AND class = ${GROWING} ORDER BY start`.execute(db);
    const all = toColumns(changesInText(thing, blocks.map(({ text }) => text).join()));
    const { lasting, passing } = splitter.split([wholeRun(all)], retentionOf(thing));
    const rows: BlockRow[] = [];
    for (const [kind, piece] of [[GROWING, lasting] as const, [PASSING, passing] as const]) {
      if (!piece) continue;
      const { bytes, start, until, count } = piece;
      rows.push({ thing, start, until, class: kind, count, number: 0, pieces: bytes });
    }
    await db.deleteFrom('blocks').where('thing', '=', thing).where('class', '=', GROWING).execute();
    await writeBlocks(engine, rows);
    const open = { open_start: lasting?.start ?? 0, open_length: lasting?.bytes.length ?? 0 };
    await db
      .updateTable('tails')
      .set({ ...open, open_total: open.open_length })
      .where('thing', '=', thing)
      .execute();
  }
}
