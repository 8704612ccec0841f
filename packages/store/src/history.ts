/** A value of a property, or the mean of a minute of which the values are no longer there. */
export interface HistoryPoint {
  /** Microseconds since 1970; of a mean the begin of its minute. */
  readonly micros: number;
  readonly value: unknown;
  /** Only of a mean: how many numbers it is made of, the least and the greatest of them. */
  readonly count?: number;
  readonly min?: number;
  readonly max?: number;
}

/** What the numbers of a property came to in a span of time. */
export interface HistoryBucket {
  /** Milliseconds since 1970: where it begins. */
  readonly time: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** A span of time, from one moment up to before another, and which end comes first. */
export interface HistorySpan {
  /** Milliseconds since 1970, parts of them allowed. Default: the begin, the end. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Default `oldest`. */
  readonly first?: 'oldest' | 'newest' | undefined;
}

/** Which part of a history is read. */
export interface HistoryQuery extends HistorySpan {
  /** Points or buckets at most; default 1000, at most 10,000. */
  readonly limit?: number | undefined;
  /** The `next` of the page before; the rest of the query has to be the same. */
  readonly after?: string | undefined;
}

/** A part of a history. */
export interface HistoryPage<Item> {
  readonly items: readonly Item[];
  /** Given as `after`, it leads to the next page; undefined at the end. */
  readonly next: string | undefined;
}

/** How long the history of a Thing is kept. */
export interface Retention {
  /** Milliseconds for which every value is kept, and for which the means of minutes are. Default: those of the store. */
  readonly raw?: number | undefined;
  readonly means?: number | undefined;
  /**
   * The properties that have a history; of others, as of events, changes are kept for the journal alone.
   * Default: all, as far as their values are neither objects nor arrays.
   */
  readonly properties?: readonly string[] | undefined;
}

/**
 * What the properties of Things were. Values are there as they changed; those that are too old leave the means of minutes, if they
 * were numbers. Everything may reject with a ThingError `unavailable`.
 */
export interface History {
  /** Reads the points of a property; empty for one of which nothing was ever kept. @throws ThingError `invalid` for an odd query. */
  read(thing: string, property: string, query?: HistoryQuery): Promise<HistoryPage<HistoryPoint>>;
  /**
   * Reads numbers summed up in buckets of so many milliseconds, which begin at multiples of it since 1970; those without numbers
   * are left out. Of buckets of whole minutes it is made of the sums of minutes, and quick. @throws ThingError `invalid`.
   */
  readBuckets(
    thing: string,
    property: string,
    query: HistoryQuery & { readonly bucket: number },
  ): Promise<HistoryPage<HistoryBucket>>;
  /** All points of a span, some at a time, as they are asked for. */
  export(thing: string, property: string, span?: HistorySpan): AsyncIterable<readonly HistoryPoint[]>;
  /** Says how long the history of a Thing is kept, in place of what was said before. It counts for what is stored from then on. */
  retain(thing: string, retention: Retention): Promise<void>;
}
