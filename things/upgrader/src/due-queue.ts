/** What is due at a moment. */
interface Entry<T> {
  readonly due: number;
  readonly item: T;
}

/** Those that are due at some moment, the earliest first. Adding and taking cost the logarithm of how many there are. */
export interface DueQueue<T> {
  readonly size: number;
  add(due: number, item: T): void;
  /** The earliest; undefined if there is none. */
  first(): Entry<T> | undefined;
  takeFirst(): Entry<T> | undefined;
  /** Forgets all for which `isKept` says no. */
  keepOnly(isKept: (item: T) => boolean): void;
}

/** Makes an empty DueQueue: a heap. `compare` puts those of one moment in order. */
export function createDueQueue<T>(compare: (a: T, b: T) => number): DueQueue<T> {
  const heap: Entry<T>[] = [];
  const isBefore = (a: Entry<T>, b: Entry<T>) => a.due < b.due || (a.due === b.due && compare(a.item, b.item) < 0);

  const rise = (start: number) => {
    let i = start;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (!swapIfBefore(i, above)) return;
      i = above;
    }
  };
  const sink = () => {
    let i = 0;
    for (;;) {
      const [left, right] = [heap[2 * i + 1], heap[2 * i + 2]];
      if (!left) return;
      const next = right && isBefore(right, left) ? 2 * i + 2 : 2 * i + 1;
      if (!swapIfBefore(next, i)) return;
      i = next;
    }
  };
  const swapIfBefore = (lower: number, upper: number): boolean => {
    const [a, b] = [heap[lower], heap[upper]];
    if (!a || !b || !isBefore(a, b)) return false;
    heap[upper] = a;
    heap[lower] = b;
    return true;
  };

  return {
    get size() {
      return heap.length;
    },
    add(due, item) {
      heap.push({ due, item });
      rise(heap.length - 1);
    },
    first: () => heap[0],
    takeFirst() {
      const first = heap[0];
      const last = heap.pop();
      if (last && heap.length > 0) {
        heap[0] = last;
        sink();
      }
      return first;
    },
    keepOnly(isKept) {
      const kept = heap.filter(({ item }) => isKept(item));
      heap.length = 0;
      for (const entry of kept) {
        heap.push(entry);
        rise(heap.length - 1);
      }
    },
  };
}
