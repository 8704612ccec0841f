/** What every entry has; times are milliseconds since 1970. */
interface Entry {
  /** A UUIDv4 in lower case. */
  readonly id: string;
  readonly created: number;
  readonly modified: number;
}

/** Firmware of one kind; unique by name within its organization, null: shared by all. */
export interface FirmwareCategory extends Entry {
  readonly name: string;
  readonly description: string;
  readonly organization: string | null;
}

/** A version of a category, unique within it; `os` is unique within the organization of the category, unless it is null. */
export interface FirmwareBuild extends Entry {
  readonly category: string;
  readonly version: string;
  readonly os: string | null;
  readonly changelog: string;
}

/** The file of a build for one type of hardware, unique within it. */
export interface FirmwareImageEntry extends Entry {
  readonly build: string;
  readonly type: string;
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** The id of its file. */
  readonly content: string;
  readonly signature: { readonly keyID: string; readonly value: string } | null;
}

/** What a device has, or shall have; one a device. */
export interface DeviceFirmwareEntry extends Entry {
  readonly device: string;
  readonly image: string;
  readonly installed: boolean;
}

/** Which entries, in which order. `where`: equal to all of these; a list: equal to one of it. Default: `created`, latest first. */
export interface ShelfQuery<T> {
  readonly where?: { readonly [K in keyof T]?: T[K] | readonly T[K][] | undefined } | undefined;
  readonly order?: { readonly by: keyof T & string; readonly isDescending: boolean } | undefined;
  /** Default 0 and 100, at most 1000. */
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** Entries of one kind. What resolves outlives a power failure; everything may reject with a ThingError `unavailable`. */
export interface Shelf<T extends Entry> {
  get(id: string): Promise<T | undefined>;
  /** Adds an entry, or replaces that of its id. @throws ThingError `conflict` if what is unique is taken, or its owner is not there. */
  put(entry: T): Promise<void>;
  find(query?: ShelfQuery<T>): Promise<{ readonly items: readonly T[]; readonly count: number }>;
  /** Removes an entry with all that belongs to it; false if there is none. */
  remove(id: string): Promise<boolean>;
}

/** What devices can be upgraded to, and what they have: builds go with their category, images with their build, and so on. */
export interface FirmwareCatalogue {
  readonly categories: Shelf<FirmwareCategory>;
  readonly builds: Shelf<FirmwareBuild>;
  readonly images: Shelf<FirmwareImageEntry>;
  readonly firmware: Shelf<DeviceFirmwareEntry>;
}

/** The bytes of images, among the files of a store. */
export interface FirmwareContents {
  /** Takes bytes; `content` is what they are known by. @throws ThingError `tooLarge`, `invalid` for other bytes than expected. */
  write(
    content: AsyncIterable<Uint8Array>,
    file: {
      readonly name: string;
      readonly organization: string | null;
      readonly maxSize: number;
      readonly expectedSHA256?: string | undefined;
    },
  ): Promise<{ readonly content: string; readonly size: number; readonly sha256: string }>;
  /** Has to be read to its end, or returned from. @throws ThingError `notFound`, `invalid` for a range that is not in it. */
  read(
    content: string,
    range?: { readonly start?: number | undefined; readonly end?: number | undefined },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Removes bytes; does nothing if there are none. */
  remove(content: string): Promise<void>;
}
