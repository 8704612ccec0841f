/** A number that its owner changes as a plain field; who reads it reads it whenever they like. */
export interface Figure {
  value: number;
}

/** How long something takes, in seconds, counted by bounds. */
export interface Histogram {
  record(seconds: number): void;
}

/** What a figure says. */
export interface Measure {
  /** In Prometheus' manner, with the unit: `thingwright_notifications_sent_total`. */
  readonly name: string;
  /** For people: one line. */
  readonly help: string;
  /** Of one name always the same ones; few values each, never ids. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Where numbers about the runtime are kept for who watches it. Figures are asked for when something is opened, and are then mere
 * fields: to count costs an addition, whether anybody looks or not. The same measure gives the same figure.
 */
export interface Meter {
  /** A number that only grows. */
  counter(measure: Measure): Figure;
  /** A number that comes and goes. */
  gauge(measure: Measure): Figure;
  histogram(measure: Measure): Histogram;
}

/** A meter that nobody reads. */
export const unread: Meter = {
  counter: () => ({ value: 0 }),
  gauge: () => ({ value: 0 }),
  histogram: () => ({ record() {} }),
};
