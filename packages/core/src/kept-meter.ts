import type { Figure, Histogram, Measure, Meter } from './meter.js';

/** Upper bounds of a histogram's buckets, in seconds: from what is answered at once to what a person gives up on. */
export const BOUNDS: readonly number[] = [
  0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** How often something took how long. */
export class KeptHistogram implements Histogram {
  /** How often within each of {@link BOUNDS} and not within the one before; last, how often longer than all. */
  readonly counts: number[] = [...BOUNDS.map(() => 0), 0];
  /** Seconds in all. */
  sum = 0;
  count = 0;

  record(seconds: number): void {
    let bucket = 0;
    while (seconds > (BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
    this.count++;
  }
}

/** One line of a family: its labels, and what is known of them. */
export interface Series<T> {
  readonly labels: Readonly<Record<string, string>>;
  readonly figure: T;
}

/** All figures of one name. */
export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: 'counter' | 'gauge'; readonly series: ReadonlyMap<string, Series<Figure>> }
  | { readonly type: 'histogram'; readonly series: ReadonlyMap<string, Series<KeptHistogram>> }
);

/** A meter that can be read. */
export interface KeptMeter extends Meter {
  /** By name, in the order they came. */
  readonly families: ReadonlyMap<string, Family>;
  /** A figure as it stands, of a histogram how often it was told; undefined if nobody counts that. */
  read(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

/** Makes a meter that keeps its figures in memory. @throws TypeError, from its methods, if a name is asked for as two types. */
export function createMeter(): KeptMeter {
  const families = new Map<string, Family>();
  const counters = new Families<Figure>(() => ({ value: 0 }));
  const gauges = new Families<Figure>(() => ({ value: 0 }));
  const histograms = new Families(() => new KeptHistogram());

  const claim = (family: Family): void => {
    const known = families.get(family.name);
    if (known && known.type !== family.type) {
      throw new TypeError(`'${family.name}' is a ${known.type}, and cannot be a ${family.type} as well`);
    }
    if (!known) families.set(family.name, family);
  };

  return {
    families,
    counter(measure) {
      const { name, help } = measure;
      claim({ type: 'counter', name, help, series: counters.of(name) });
      return counters.figure(measure);
    },
    gauge(measure) {
      const { name, help } = measure;
      claim({ type: 'gauge', name, help, series: gauges.of(name) });
      return gauges.figure(measure);
    },
    histogram(measure) {
      const { name, help } = measure;
      claim({ type: 'histogram', name, help, series: histograms.of(name) });
      return histograms.figure(measure);
    },
    read(name, labels = {}) {
      const found = families.get(name)?.series.get(keyOf(labels))?.figure;
      return found instanceof KeptHistogram ? found.count : found?.value;
    },
  };
}

/** Figures of one type, by name and labels. */
class Families<T> {
  readonly #make: () => T;
  readonly #byName = new Map<string, Map<string, Series<T>>>();

  constructor(make: () => T) {
    this.#make = make;
  }

  of(name: string): Map<string, Series<T>> {
    let series = this.#byName.get(name);
    if (!series) {
      series = new Map();
      this.#byName.set(name, series);
    }
    return series;
  }

  figure({ name, labels = {} }: Measure): T {
    const series = this.of(name);
    const key = keyOf(labels);
    let known = series.get(key);
    if (!known) {
      known = { labels, figure: this.#make() };
      series.set(key, known);
    }
    return known.figure;
  }
}

const keyOf = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
