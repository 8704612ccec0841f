import { ThingError } from '@thingwright/core';
import type { Backends } from './backends.js';
import { collectBuckets } from './buckets.js';
import type { History, HistoryQuery, HistorySpan, Retention } from './history.js';
import type { HistoryPart, HistoryPiece } from './jobs/read-history.js';
import type { Writer } from './writer.js';

/** What the history of a store is made of. */
export interface HistoryParts {
  readonly backends: Backends;
  readonly writer: Writer;
  /** The keys of a Thing and of one of its properties; undefined if nothing of it was ever kept. */
  find(thing: string, property: string): { readonly thing: number; readonly name: number } | undefined;
}

const MOST = 10_000;
const MINUTE = 60_000;
/** Pieces that are read at once. */
const PORTION = 1000;
/** Later than any change. */
const FOREVER = Number.MAX_SAFE_INTEGER;

/** Gives the parts of a history, as they are asked for. */
export type Parts = AsyncGenerator<HistoryPart>;

/** The history of a store. */
export function createHistory({ backends, writer, find }: HistoryParts): History {
  /** `most` is how many pieces are wanted of one part. */
  async function* parts(
    subject: { readonly thing: string; readonly property: string },
    span: HistorySpan,
    { coarse, most }: { readonly coarse: boolean; readonly most: () => number },
  ): Parts {
    let { from, to } = microsOf(span);
    const newestFirst = span.first === 'newest';
    await writer.kept();
    const keys = find(subject.thing, subject.property);
    if (!keys) return;
    for (;;) {
      const limit = Math.max(1, Math.min(PORTION, most()));
      const { thing, name } = keys;
      const wanted = { thing, names: [name], from, to, most: limit, newest: newestFirst };
      // Those first, that nothing is settled between them and the rest.
      const recent = await backends.writer.run('readRecent', wanted);
      const part = await backends
        .reader()
        .run('readHistory', { ...keys, from, to, newestFirst, limit, coarse, recent });
      yield part;
      if (part.next === undefined) return;
      if (newestFirst) to = part.next;
      else from = part.next;
    }
  }

  return {
    async read(thing, property, query = {}) {
      const limit = limitOf(query);
      const items: HistoryPiece[] = [];
      const most = (): number => limit - items.length;
      for await (const part of parts({ thing, property }, resumed(query), { coarse: false, most })) {
        items.push(...part.pieces);
        if (items.length >= limit) return { items, next: part.next === undefined ? undefined : String(part.next) };
      }
      return { items, next: undefined };
    },
    async readBuckets(thing, property, query) {
      const limit = limitOf(query);
      const { bucket } = query;
      if (!(Number.isInteger(bucket) && bucket > 0)) throw invalid(`A bucket cannot be of ${bucket} ms`);
      const coarse = bucket % MINUTE === 0;
      const all = parts({ thing, property }, resumed(query), { coarse, most: () => PORTION });
      return collectBuckets(all, { bucket, limit, newestFirst: query.first === 'newest' });
    },
    async *export(thing, property, span = {}) {
      for await (const { pieces } of parts({ thing, property }, span, { coarse: false, most: () => PORTION })) {
        if (pieces.length > 0) yield pieces;
      }
    },
    async retain(thing, { raw, means, properties }: Retention) {
      const row = {
        raw: raw ?? null,
        means: means ?? null,
        properties: properties === undefined ? null : JSON.stringify(properties),
      };
      await backends.writer.db
        .insertInto('retentions')
        .values({ thing, ...row })
        .onConflict((conflict) => conflict.column('thing').doUpdateSet(row))
        .execute();
    },
  };
}

const invalid = (why: string): ThingError => new ThingError('invalid', why);

function limitOf({ limit = PORTION }: HistoryQuery): number {
  if (Number.isInteger(limit) && limit > 0 && limit <= MOST) return limit;
  throw invalid(`A limit is a whole number from 1 to ${MOST}, not ${limit}`);
}

/** The span that is left after the pages before. */
function resumed({ from, to, first, after }: HistoryQuery): HistorySpan {
  if (after === undefined) return { from, to, first };
  const micros = Number(after);
  if (!Number.isSafeInteger(micros) || micros < 0) throw invalid(`'${after}' does not lead to a page`);
  return first === 'newest' ? { from, to: micros / 1000, first } : { from: micros / 1000, to, first };
}

function microsOf({ from = 0, to = FOREVER / 1000 }: HistorySpan): { from: number; to: number } {
  if (!(from >= 0) || !(to >= 0)) throw invalid('The span of a history is of two times');
  return { from: Math.round(from * 1000), to: Math.min(FOREVER, Math.round(to * 1000)) };
}
