/** A foreign Thing that was adopted, as it is kept; its credentials are not part of it. Times are RFC 3339, UTC, milliseconds. */
export interface AdoptedThingRecord {
  /** `urn:uuid:` and a UUIDv4, given to nothing else even after the release. */
  readonly id: string;
  /** Local name, URL-safe, unique among the adopted Things of now. */
  readonly name: string;
  /** Its Thing Description as it was adopted, but for its title; plain JSON. */
  readonly td: Readonly<Record<string, unknown>>;
  /** How it is followed; plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The organization that it belongs to. */
  readonly organization: string;
  readonly created: string;
}

/** What a Thing is adopted with. */
export interface NewAdoptedThing extends Pick<AdoptedThingRecord, 'name' | 'td' | 'settings'> {
  /** Default: `default`. */
  readonly organization?: string;
  /** What is shown to the foreign Thing; plain JSON. Kept encrypted. */
  readonly credentials?: unknown;
}

/**
 * The foreign Things that were adopted. A promise that resolves is a change that a power failure does not undo. Everything may
 * reject with a ThingError `unavailable`: disk full, read-only or gone.
 */
export interface AdoptedThings {
  /** All of them, in the order of their adoption. */
  list(): Promise<readonly AdoptedThingRecord[]>;
  /** Adds one, under a new id. @throws ThingError `conflict` if the name is taken. */
  add(thing: NewAdoptedThing): Promise<AdoptedThingRecord>;
  /**
   * The credentials of the Thing of that name; undefined if it has none.
   * @throws ThingError `failed` if they were encrypted under another secret, or were changed since.
   */
  credentials(name: string): Promise<unknown>;
  /** Gives one to another organization. @throws ThingError `notFound`. */
  move(name: string, organization: string): Promise<AdoptedThingRecord>;
  /** Gives one another title, in its Thing Description. @throws ThingError `notFound`. */
  setTitle(name: string, title: string): Promise<AdoptedThingRecord>;
  /** Removes one with its credentials; its id stays taken for ever. Gives undefined if there is none of that name. */
  remove(name: string): Promise<AdoptedThingRecord | undefined>;
}
