import { sql } from 'kysely';
import { TextCursor } from '../change-text.js';
import type { Engine } from '../engine/engine.js';
import { type ColumnChange, toColumns } from '../group.js';
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
    const changes = rows.flatMap(({ thing, text }) => changesOf(thing, text));
    await db
      .insertInto('log')
      .values({ id, ...encodeSegment(toColumns(changes)) })
      .execute();
  }
}

function changesOf(thing: number, rows: string): readonly ColumnChange[] {
  const changes: ColumnChange[] = [];
  const cursor = new TextCursor(rows);
  while (cursor.next()) {
    const { name, micros, number, text, invoker } = cursor;
    changes.push({ thing, name, micros, number, text, invoker });
  }
  return changes;
}
