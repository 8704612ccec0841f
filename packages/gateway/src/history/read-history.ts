import { formatMicroseconds } from '@thingwright/core';
import type { History, HistoryBucket, HistoryPoint, HistoryQuery } from '@thingwright/store';
import type { Static } from 'typebox';
import { type HistoryEntry, type HistoryInput, MOST_ENTRIES, USUAL_ENTRIES } from './history.model.js';
import { parseTime } from './parse-time.js';

/** One entry of a history as it is shown. */
export type Entry = Static<typeof HistoryEntry>;

/** Which part of a history is wanted, as the action is asked. */
export type HistoryRequest = Static<typeof HistoryInput>;

/** A page of a history. */
export interface EntryPage {
  readonly items: Entry[];
  /** Absent at the end. */
  readonly next?: string;
}

/**
 * Reads a page of the history of a property of the Thing with that id.
 * @throws ThingError `invalid` for an odd request, `unavailable`.
 */
export async function readHistory(history: History, thing: string, request: HistoryRequest): Promise<EntryPage> {
  const { property, limit = USUAL_ENTRIES, bucket } = request;
  const query = { ...toQuery(request), limit };
  if (bucket === undefined) {
    const { items, next } = await history.read(thing, property, query);
    return { items: items.map(pointEntry), ...(next === undefined ? {} : { next }) };
  }
  const { items, next } = await history.readBuckets(thing, property, { ...query, bucket: Math.round(bucket * 1000) });
  return { items: items.map(bucketEntry), ...(next === undefined ? {} : { next }) };
}

/** Reads all entries of a span, some at a time, as they are asked for; `limit` is how many at most, absent: all. */
export async function* readAllHistory(
  history: History,
  thing: string,
  { limit = Number.POSITIVE_INFINITY, ...request }: HistoryRequest,
): AsyncGenerator<readonly Entry[]> {
  let left = limit;
  let after = request.after;
  while (left > 0) {
    const asked = { ...request, limit: Math.min(left, request.bucket === undefined ? PORTION : MOST_ENTRIES) };
    const { items, next } = await readHistory(history, thing, after === undefined ? asked : { ...asked, after });
    if (items.length > 0) yield items;
    left -= items.length;
    if (next === undefined) return;
    after = next;
  }
}

/** Entries that are read at once: little enough to hold up nobody who reads beside. */
const PORTION = 1000;

function toQuery({ from, to, order, after }: HistoryRequest): HistoryQuery {
  return {
    from: from === undefined ? undefined : parseTime(from, 'from'),
    to: to === undefined ? undefined : parseTime(to, 'to'),
    first: order,
    after,
  };
}

const pointEntry = ({ micros, value, count, min, max }: HistoryPoint): Entry => ({
  time: formatMicroseconds(micros),
  ...(value === undefined ? {} : { value }),
  ...(count === undefined ? {} : { count }),
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});

const bucketEntry = ({ time, mean, count, min, max }: HistoryBucket): Entry => ({
  time: formatMicroseconds(time * 1000),
  value: mean,
  count,
  min,
  max,
});
