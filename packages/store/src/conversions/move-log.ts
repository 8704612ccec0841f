import { sql } from 'kysely';
import { changesInText } from '../change-text.js';
import type { Engine } from '../engine/engine.js';
import { toColumns } from '../group.js';
import { encodeSegment } from '../segment.js';

/** Rows of text that become one group. */
const ROWS = 2000;

/** Moves the log from rows of text, one for each Thing and group, into groups of columns. */
export async function moveLog({ db }: Pick<Engine, 'db'>): Promise<void> {
  let after = 0;
  for (let id = 1; ; id++) {
    const { rows } = await sql<{ id: number; thing: number; text: string }>`
      SELECT id, thing, text FROM log_rows WHERE id > ${after} ORDER BY id LIMIT ${sql.lit(ROWS)}`.execute(db);
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    const changes = rows.flatMap(({ thing, text }) => changesInText(thing, text));
    await db
      .insertInto('log')
      .values({ id, ...encodeSegment(toColumns(changes)) })
      .execute();
  }
}
