/** Which upgrade changed at which position; of one that changed again, the last. */
export interface PositionLog {
  /** The next position is that of this one. */
  add(id: string): number;
  remove(id: string): void;
  /** The last position that was given. */
  last(): number;
  /** In the order of positions. Must be read before the next change. */
  after(position: number): Iterable<readonly [position: number, id: string]>;
}

/** Makes an empty PositionLog. It is never longer than twice the number of ids, and finds a place by halves. */
export function positionLog(): PositionLog {
  const latest = new Map<string, number>();
  let entries: (readonly [number, string])[] = [];
  let last = 0;
  const isLatest = ([position, id]: readonly [number, string]) => latest.get(id) === position;
  const placeAfter = (position: number): number => {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle]?.[0] ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    last: () => last,
    add(id) {
      last += 1;
      latest.set(id, last);
      entries.push([last, id]);
      if (entries.length > 2 * latest.size + 16) entries = entries.filter(isLatest);
      return last;
    },
    remove: (id) => void latest.delete(id),
    *after(position) {
      for (let i = placeAfter(position); i < entries.length; i++) {
        const entry = entries[i];
        if (entry && isLatest(entry)) yield entry;
      }
    },
  };
}
