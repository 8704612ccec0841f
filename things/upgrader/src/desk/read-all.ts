import type { Entry, Filter, Shelf } from '../catalogue.js';

const PAGE = 1000;

/** Reads all rows of a shelf that fit, page by page. */
export async function readAll<T extends Entry>(shelf: Shelf<T>, where: Filter<T> = {}): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const { items, count } = await shelf.find({ where, offset: all.length, limit: PAGE });
    all.push(...items);
    if (items.length === 0 || all.length >= count) return all;
  }
}
