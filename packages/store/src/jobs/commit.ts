import type { Kysely } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { ChangeColumns, Group } from '../group.js';
import type { Tables } from '../tables.js';
import { portions } from './portions.js';

/** Rows of one insert. */
const ROWS = 100;

/** Writes a group in one transaction, unless that was done before and nobody heard of it. */
export async function commit({ db }: Engine, group: Group): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const written = await transaction.selectFrom('written').select(['run', 'number']).executeTakeFirst();
    if (written && written.run === group.run && written.number >= group.number) return;
    await writeGroup(transaction, group);
    const mark = { one: 1, run: group.run, number: group.number };
    await transaction
      .insertInto('written')
      .values(mark)
      .onConflict((conflict) => conflict.column('one').doUpdateSet(mark))
      .execute();
  });
}

async function writeGroup(db: Kysely<Tables>, group: Group): Promise<void> {
  const { things, names, forgottenThings, forgottenInvocations, holes } = group;
  for (const rows of portions(things, ROWS)) await db.insertInto('things').values(rows).execute();
  for (const rows of portions(names, ROWS)) await db.insertInto('names').values(rows).execute();
  for (const rows of portions(logRows(group.changes), ROWS)) await db.insertInto('log').values(rows).execute();
  for (const rows of portions(group.invocations, ROWS)) {
    await db
      .insertInto('invocations')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          state: ref('excluded.state'),
          cancelled: ref('excluded.cancelled'),
          kept: ref('excluded.kept'),
          ended: ref('excluded.ended'),
        })),
      )
      .execute();
  }
  for (const rows of portions(group.audit, ROWS)) await db.insertInto('audit').values(rows).execute();
  for (const ids of portions(forgottenInvocations, ROWS)) {
    await db.deleteFrom('invocations').where('id', 'in', ids).execute();
  }
  for (const keys of portions(forgottenThings, ROWS)) await forgetThings(db, keys);
  if (holes.length > 0) await db.insertInto('holes').values(holes).execute();
}

/** What is left in the log of a Thing without a row goes when it is settled. */
async function forgetThings(db: Kysely<Tables>, keys: readonly number[]): Promise<void> {
  await db.deleteFrom('blocks').where('thing', 'in', keys).execute();
  await db.deleteFrom('minutes').where('thing', 'in', keys).execute();
  await db.deleteFrom('tails').where('thing', 'in', keys).execute();
  await db.deleteFrom('invocations').where('thing', 'in', keys).execute();
  const ids = db.selectFrom('things').select('id').where('key', 'in', keys);
  await db.deleteFrom('retentions').where('thing', 'in', ids).execute();
  await db.deleteFrom('things').where('key', 'in', keys).execute();
}

interface LogRow {
  readonly thing: number;
  readonly first: number;
  text: string;
}

/** A row for each Thing that changed. */
function logRows({ things, names, micros, numbers, texts, invokers }: ChangeColumns): readonly LogRow[] {
  const rows = new Map<number, LogRow>();
  let row: LogRow | undefined;
  let nextText = 0;
  let nextInvoker = 0;
  for (let i = 0; i < things.length; i++) {
    const thing = things[i] ?? 0;
    const moment = micros[i] ?? 0;
    if (row?.thing !== thing) {
      row = rows.get(thing) ?? { thing, first: moment, text: `[${moment}` };
      rows.set(thing, row);
    }
    const number = numbers[i] ?? Number.NaN;
    const value = Number.isNaN(number) ? (texts[nextText++] ?? '') : `${number}`;
    const tuple = `[${names[i] ?? 0},${moment - row.first}`;
    const invoker = invokers[nextInvoker]?.[0] === i ? invokers[nextInvoker++]?.[1] : undefined;
    if (invoker !== undefined) {
      row.text += `,${tuple},${value || 'null'},${JSON.stringify(invoker)}${value === '' ? ',0' : ''}]`;
    } else {
      row.text += value === '' ? `,${tuple}]` : `,${tuple},${value}]`;
    }
  }
  for (const each of rows.values()) each.text += ']';
  return [...rows.values()];
}
