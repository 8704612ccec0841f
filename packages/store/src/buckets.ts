import type { HistoryBucket, HistoryPage } from './history.js';
import type { HistoryPart, HistoryPiece } from './jobs/read-history.js';

interface Sum {
  /** Milliseconds since 1970. */
  readonly time: number;
  count: number;
  sum: number;
  min: number;
  max: number;
}

/** Sums the pieces of a history up in buckets of so many milliseconds, until there are enough of them. */
export async function collectBuckets(
  parts: AsyncIterable<HistoryPart>,
  options: { readonly bucket: number; readonly limit: number; readonly newestFirst: boolean },
): Promise<HistoryPage<HistoryBucket>> {
  const { bucket, limit, newestFirst } = options;
  const sums: Sum[] = [];
  for await (const { pieces } of parts) {
    for (const piece of pieces) {
      const number = numberOf(piece);
      if (!number) continue;
      const time = Math.floor(piece.micros / 1000 / bucket) * bucket;
      const last = sums.at(-1);
      if (last?.time === time) add(last, number);
      else if (sums.length < limit) sums.push({ time, ...number });
      // Where the next page begins: with this bucket.
      else return { items: sums.map(toBucket), next: String((newestFirst ? time + bucket : time) * 1000) };
    }
  }
  return { items: sums.map(toBucket), next: undefined };
}

function add(to: Sum, { count, sum, min, max }: Omit<Sum, 'time'>): void {
  to.count += count;
  to.sum += sum;
  to.min = Math.min(to.min, min);
  to.max = Math.max(to.max, max);
}

function numberOf({ value, count = 1, min, max }: HistoryPiece): Omit<Sum, 'time'> | undefined {
  if (typeof value !== 'number') return undefined;
  return { count, sum: value * count, min: min ?? value, max: max ?? value };
}

const toBucket = ({ time, count, sum, min, max }: Sum): HistoryBucket => ({ time, mean: sum / count, min, max, count });
