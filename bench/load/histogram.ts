const STEP = 10;
const STEPS = 1_000_000;

/** Counts microseconds up to ten seconds, to the nearest ten. */
export interface Histogram {
  add(microseconds: number): void;
  clear(): void;
  /** The microseconds within which that share of all lies. */
  quantile(share: number): number;
}

/** Makes an empty {@link Histogram}. */
export function createHistogram(): Histogram {
  const counts = new Uint32Array(STEPS);
  let total = 0;
  return {
    add(microseconds) {
      const step = Math.min(STEPS - 1, Math.max(0, Math.floor(microseconds / STEP)));
      counts[step] = (counts[step] ?? 0) + 1;
      total++;
    },
    clear() {
      counts.fill(0);
      total = 0;
    },
    quantile(share) {
      let below = 0;
      for (let step = 0; step < STEPS; step++) {
        below += counts[step] ?? 0;
        if (below >= total * share) return (step + 1) * STEP;
      }
      return STEPS * STEP;
    },
  };
}
