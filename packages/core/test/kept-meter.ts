import type { Figure, Measure, Meter } from '../src/index.js';

/** A meter whose figures a test reads by name and labels: `name{a="x",b="y"}`; of a histogram, how often it was told. */
export function keptMeter(): Meter & { readonly read: () => Record<string, number> } {
  const figures = new Map<string, Figure>();
  const figure = ({ name, labels = {} }: Measure): Figure => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const key = pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
    const known = figures.get(key) ?? { value: 0 };
    figures.set(key, known);
    return known;
  };
  return {
    counter: figure,
    gauge: figure,
    histogram(measure) {
      const count = figure(measure);
      return {
        record(seconds) {
          count.value += seconds >= 0 && seconds < 10 ? 1 : Number.NaN;
        },
      };
    },
    read: () => Object.fromEntries([...figures].map(([key, { value }]) => [key, value])),
  };
}
