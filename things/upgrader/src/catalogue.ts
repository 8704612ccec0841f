/** What entries have that people file: times are milliseconds since 1970. */
export interface Entry {
  /** A UUIDv4 in lower case. */
  readonly id: string;
  readonly created: number;
  readonly modified: number;
}

/** Firmware of one kind; unique by name within its organization. */
export interface Category extends Entry {
  /** At most 64 characters. */
  readonly name: string;
  readonly description: string;
  /** Null: shared by all. */
  readonly organization: string | null;
}

/** A version of a category; unique by version within it. */
export interface Build extends Entry {
  readonly category: string;
  /** At most 32 characters. */
  readonly version: string;
  /** As devices report it, at most 64 characters; unique within the organization of the category. Null: unknown. */
  readonly os: string | null;
  readonly changelog: string;
}

/** The file of a build for one type of hardware; unique by type within its build. */
export interface FirmwareImage extends Entry {
  readonly build: string;
  /** A key of the hardware types. */
  readonly type: string;
  /** Its name, safe as the last segment of a path. */
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  /** What {@link ImageContents} knows its bytes by. */
  readonly content: string;
  /** Ed25519 over `manifestText` of device-link, base64, and by which key; null: not signed. Devices check it that know the key. */
  readonly signature: { readonly keyID: string; readonly value: string } | null;
}

/** What a device has, or shall have; one a device. */
export interface DeviceFirmware extends Entry {
  readonly device: string;
  readonly image: string;
  readonly installed: boolean;
}

/** A type of hardware that images are made for (reference, section 4.1). */
export interface HardwareType {
  /** For example `ramips-mt76x8-gl-mt300n-v2-squashfs-sysupgrade.bin`. */
  readonly key: string;
  readonly label: string;
  /** What devices say that their model is. */
  readonly boards: readonly string[];
  /** Whether its images may look like pictures, archives or programs. Default false. */
  readonly anyFormat?: boolean;
}

/** What the rows of a {@link Shelf} are looked for by: equal to all of these; a list: equal to one of it. */
export type Filter<T> = {
  readonly [K in keyof T]?: T[K] | readonly T[K][] | undefined;
};

/** Which rows of a {@link Shelf}, and how many of them. */
export interface ShelfQuery<T> {
  readonly where?: Filter<T> | undefined;
  /** Default: by `created`, latest first; those of one moment by `id`. */
  readonly order?: { readonly by: keyof T & string; readonly isDescending: boolean } | undefined;
  /** Default 0 and 100, at most 1000. */
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** A part of a list, and how long that is. */
export interface Slice<T> {
  readonly items: readonly T[];
  readonly count: number;
}

/** Rows of one kind. Everything may reject with a ThingError `unavailable`; what resolves outlives a power failure. */
export interface Shelf<T extends Entry> {
  /** Undefined if there is none. */
  get(id: string): Promise<T | undefined>;
  /**
   * Adds a row, or replaces that of its id.
   * @throws ThingError `conflict` if another has what has to be unique, or if what it belongs to is not there.
   */
  put(row: T): Promise<void>;
  /** A part of those that fit, and how many fit. */
  find(query?: ShelfQuery<T>): Promise<Slice<T>>;
  /** Removes a row with all that belongs to it; false if there is none. */
  remove(id: string): Promise<boolean>;
}

/** What devices can be upgraded to, and what they have. Whoever runs an upgrader keeps it. */
export interface Catalogue {
  readonly categories: Shelf<Category>;
  /** Goes with its category. */
  readonly builds: Shelf<Build>;
  /** Goes with its build. Removing one leaves upgrades as they are: whoever removes it tells the record. */
  readonly images: Shelf<FirmwareImage>;
  /** Goes with its image. */
  readonly firmware: Shelf<DeviceFirmware>;
}

/** Where the bytes of images are. They never change. */
export interface ImageContents {
  /**
   * Takes bytes as fast as they can be kept, and no faster; of what is refused, nothing stays.
   * @throws ThingError `tooLarge` beyond `maxSize` bytes, `invalid` for other bytes than expected, `unavailable`.
   */
  write(
    content: AsyncIterable<Uint8Array>,
    file: {
      readonly name: string;
      readonly organization: string | null;
      readonly maxSize: number;
      readonly expectedSHA256?: string | undefined;
    },
  ): Promise<{ readonly content: string; readonly size: number; readonly sha256: string }>;
  /**
   * Gives the bytes from `start`, before `end`; default all. Has to be read to its end, or returned from.
   * @throws ThingError `notFound`, `invalid` for a range that is not in it.
   */
  read(
    content: string,
    range?: { readonly start?: number | undefined; readonly end?: number | undefined },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Removes bytes; what is being read goes on. Does nothing if there are none. */
  remove(content: string): Promise<void>;
}
