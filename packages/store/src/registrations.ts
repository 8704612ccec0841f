/** A Thing Description that somebody has registered. Times are RFC 3339, UTC, milliseconds. */
export interface RegistrationRecord {
  /** The id of the Thing. */
  readonly id: string;
  /** Plain JSON. */
  readonly td: Readonly<Record<string, unknown>>;
  /** The organization that it belongs to. */
  readonly organization: string;
  readonly created: string;
  readonly modified: string;
  /** When it ends; absent: never. */
  readonly expires?: string;
  /** Seconds from each change to its end. */
  readonly ttl?: number;
}

/** What happened to a Thing Description, with its place among all events: a whole number that grows. */
export interface DirectoryEventRecord {
  readonly place: number;
  readonly type: 'thing_created' | 'thing_updated' | 'thing_deleted';
  /** The id of the Thing. */
  readonly id: string;
  readonly organization?: string;
  /** Plain JSON. */
  readonly diff?: Readonly<Record<string, unknown>>;
}

/** One step of a directory. */
export interface DirectoryChange {
  /** Is there afterwards, in the place of the one of its id. */
  readonly put?: RegistrationRecord;
  /** The id of one that is there no more. */
  readonly remove?: string;
  readonly event: Omit<DirectoryEventRecord, 'place'>;
  /** Events up to that place go. */
  readonly forget?: number;
}

/**
 * What is registered in a directory, and what happened there. A promise that resolves is a change that a power failure does not undo; one
 * that rejects has changed nothing, unless the connection was lost in the middle. Everything may reject with a ThingError `unavailable`.
 */
export interface Registrations {
  /** All of it; events in their order. */
  load(): Promise<{
    readonly registrations: readonly RegistrationRecord[];
    readonly events: readonly DirectoryEventRecord[];
  }>;
  /**
   * Keeps a step whole; gives the place of its event.
   * @throws ThingError `conflict` for a registration whose id is, or once was, that of a Thing of this store.
   */
  keep(change: DirectoryChange): Promise<number>;
}
