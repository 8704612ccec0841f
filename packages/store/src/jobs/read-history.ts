import { inflateRawSync } from 'node:zlib';
import type { Kysely } from 'kysely';
import { type ChangeCursor, valueAt } from '../change-cursor.js';
import type { Engine } from '../engine/engine.js';
import type { ChangeColumns } from '../group.js';
import type { Tables } from '../tables.js';
import { CONTENT, cursorOf, GROWING, PASSING } from './blocks.js';
import { MINUTE, type Minutes, minuteOf } from './minutes.js';
import { recentAfter } from './read-recent.js';
import { readBounds } from './tails.js';

/** Which part of a history is asked for. Moments are microseconds since 1970. */
export interface HistoryWanted {
  /** Keys. */
  readonly thing: number;
  readonly name: number;
  /** From this moment up to before that one. */
  readonly from: number;
  readonly to: number;
  readonly newestFirst: boolean;
  /** Pieces at most; a few more where a minute would be cut. */
  readonly limit: number;
  /** Whether the sums of minutes do, also where the values are still there. */
  readonly coarse: boolean;
  /** What was not settled before this was asked: as many, of that end. */
  readonly recent: ChangeColumns;
}

/** One value of a property, or what its numbers came to in a minute. */
export interface HistoryPiece {
  /** Microseconds since 1970; of a minute its begin. */
  readonly micros: number;
  /** Of a minute the mean. */
  readonly value: unknown;
  /** Only of minutes. */
  readonly count?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A part of a history. */
export interface HistoryPart {
  readonly pieces: readonly HistoryPiece[];
  /** Where to go on: the `from` (newest first: the `to`) of the next part; undefined at the end. */
  readonly next: number | undefined;
}

/** What one part looks at, at most. */
const BLOCKS = 16;
/** The same of rows of minutes, which are small. */
const ROWS_OF_MINUTES = 256;

/** Reads the next part of a history. It looks at so much only that nobody else waits for long; it may be empty and not the last. */
export async function readHistory({ db }: Engine, wanted: HistoryWanted): Promise<HistoryPart> {
  return db.transaction().execute(async (transaction) => {
    const border = await valuesBegin(transaction, wanted);
    const older = { ...wanted, to: Math.min(wanted.to, border) };
    const newer = { ...wanted, from: Math.max(wanted.from, border) };
    const [first, second] = wanted.newestFirst ? [newer, older] : [older, newer];
    const read = (span: HistoryWanted): Promise<HistoryPart> =>
      span === older ? readMinutes(transaction, span) : readValues(transaction, span);
    const part = first.from < first.to ? await read(first) : END;
    if (part.next !== undefined || second.from >= second.to) return part;
    if (part.pieces.length > 0) return { ...part, next: wanted.newestFirst ? second.to : second.from };
    return read(second);
  });
}

const END: HistoryPart = { pieces: [], next: undefined };

/** From where on values are read, and not the sums of minutes; the begin of a minute, of which all values are there. */
async function valuesBegin(db: Kysely<Tables>, { thing, coarse }: HistoryWanted): Promise<number> {
  const summed = await db
    .selectFrom('minutes')
    .select('until')
    .where('thing', '=', thing)
    .orderBy('start', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!summed) return 0;
  const blocks = db.selectFrom('blocks').select('start').where('thing', '=', thing).orderBy('start').limit(1);
  const oldest = await blocks.where('class', '!=', PASSING).executeTakeFirst();
  if (!oldest) return (minuteOf(summed.until) + 1) * MINUTE;
  const growing = coarse ? await blocks.where('class', '=', GROWING).executeTakeFirst() : undefined;
  const wanted = coarse ? (growing?.start ?? summed.until) : oldest.start;
  return minuteOf(Math.max(wanted, oldest.start)) * MINUTE;
}

async function readValues(db: Kysely<Tables>, wanted: HistoryWanted): Promise<HistoryPart> {
  const { thing, from, to, newestFirst } = wanted;
  const blocks = await db
    .selectFrom('blocks')
    .select(['start', 'until', ...CONTENT])
    .where('thing', '=', thing)
    .where('class', '!=', PASSING)
    .where('start', '<', to)
    .where('until', '>=', from)
    .orderBy('start', newestFirst ? 'desc' : 'asc')
    .limit(BLOCKS)
    .execute();
  const last = blocks.at(-1);
  const isWhole = blocks.length < BLOCKS || !last;
  const rest = isWhole ? undefined : newestFirst ? last.start : last.until + 1;
  const settled = blocks.map(
    (block): Source =>
      () =>
        cursorOf(block),
  );
  const bounds = await readBounds(db, thing);
  const later: Source = () => recentAfter(wanted.recent, bounds.last);
  const sources = newestFirst ? [later, ...settled] : isWhole ? [...settled, later] : settled;
  return collect(sources, wanted, rest);
}

/** A block is only unpacked when its turn comes. */
type Source = () => ChangeCursor;

function collect(sources: readonly Source[], wanted: HistoryWanted, rest: number | undefined): HistoryPart {
  const { name, from, to, newestFirst, limit } = wanted;
  const pieces: HistoryPiece[] = [];
  for (const source of sources) {
    const found: HistoryPiece[] = [];
    const cursor = source();
    while (cursor.next()) {
      const { micros } = cursor;
      if (cursor.name === name && micros >= from && micros < to) found.push({ micros, value: valueAt(cursor) });
    }
    if (newestFirst) found.reverse();
    for (const piece of found) {
      pieces.push(piece);
      if (pieces.length === limit) return { pieces, next: newestFirst ? piece.micros : piece.micros + 1 };
    }
  }
  return { pieces, next: rest };
}

async function readMinutes(
  db: Kysely<Tables>,
  wanted: HistoryWanted,
  most: number = ROWS_OF_MINUTES,
): Promise<HistoryPart> {
  const { thing, name, from, to, newestFirst, limit } = wanted;
  const rows = await db
    .selectFrom('minutes')
    .select(['start', 'until', 'packed'])
    .where('thing', '=', thing)
    .where('start', '<', to)
    .where('until', '>=', from)
    .orderBy('start', newestFirst ? 'desc' : 'asc')
    .limit(most)
    .execute();
  const sums = new Map<number, HistoryPiece>();
  const isCut = rows.length === most;
  let reached = newestFirst ? to : from;
  for (const { start, until, packed } of rows) {
    const minutes: Minutes = JSON.parse(inflateRawSync(packed).toString());
    for (const [minute, count, sum, min, max] of minutes[name] ?? []) {
      const micros = minute * MINUTE;
      if (micros < from || micros >= to) continue;
      sums.set(micros, together(sums.get(micros), { micros, value: sum / count, count, min, max }));
    }
    reached = minuteOf(newestFirst ? start : until) * MINUTE;
    if (sums.size > limit) break;
  }
  const order = newestFirst ? -1 : 1;
  const pieces = [...sums.values()].sort((a, b) => order * (a.micros - b.micros));
  // The minute at the end may go on in the next row.
  const whole = isCut ? pieces.filter(({ micros }) => (newestFirst ? micros > reached : micros < reached)) : pieces;
  if (whole.length > limit) return cut(whole.slice(0, limit), newestFirst);
  if (!isCut) return { pieces: whole, next: undefined };
  const next = newestFirst ? reached + MINUTE : reached;
  // All that was read is of one minute, which goes on.
  if (newestFirst ? next >= to : next <= from) return readMinutes(db, wanted, most * 2);
  return { pieces: whole, next };
}

function cut(pieces: readonly HistoryPiece[], newestFirst: boolean): HistoryPart {
  const micros = pieces.at(-1)?.micros ?? 0;
  return { pieces, next: newestFirst ? micros : micros + MINUTE };
}

/** Two parts of one minute. */
function together(a: HistoryPiece | undefined, b: Required<HistoryPiece>): HistoryPiece {
  if (a?.count === undefined || typeof a.value !== 'number' || typeof b.value !== 'number') return b;
  const count = a.count + b.count;
  return {
    micros: b.micros,
    value: (a.value * a.count + b.value * b.count) / count,
    count,
    min: Math.min(a.min ?? b.min, b.min),
    max: Math.max(a.max ?? b.max, b.max),
  };
}
