/** A device as the registry keeps it; its credentials are not part of it. Times are RFC 3339, UTC, milliseconds. */
export interface DeviceRecord {
  /** `urn:uuid:` and a UUIDv4, given to no other device even after removal. */
  readonly id: string;
  /** Local name, URL-safe, unique among the devices of now. */
  readonly name: string;
  /** What it is, for example `telemetry`. */
  readonly kind: string;
  readonly title: string;
  /** The organization that it belongs to. */
  readonly organization: string;
  /** What only its kind understands, for example `{ dialect: 'ci-2026-01' }`; plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What it must remember, by name; see {@link DeviceRegistry.remember}. Plain JSON. */
  readonly memory: Readonly<Record<string, unknown>>;
  readonly created: string;
  /** When it was provisioned, or last changed: its token, its organization, its title, its settings. */
  readonly modified: string;
}

/** What a device is provisioned with; without `id` it is given a new one. */
export interface NewDevice {
  readonly name: string;
  readonly kind: string;
  readonly title: string;
  /** Default: `default`. */
  readonly organization?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What is shown to the device; plain JSON. Kept encrypted. */
  readonly credentials?: unknown;
  readonly id?: string;
}

/** Whose a token is. */
export interface TokenMatch {
  readonly device: DeviceRecord;
  /** Milliseconds since 1970 at which the token ends, if it has been replaced. */
  readonly until?: number;
}

/**
 * The devices that may dial in. Of a token it keeps a keyed hash only. A promise that resolves is a change that a power
 * failure does not undo. Everything may reject with a ThingError `unavailable`: disk full, read-only or gone.
 */
export interface DeviceRegistry {
  /** All devices, in the order of their provisioning. */
  list(): Promise<readonly DeviceRecord[]>;
  /** The device of that name. */
  get(name: string): Promise<DeviceRecord | undefined>;
  /** Adds a device. @throws ThingError `conflict` if the name is taken, or the id is or ever was. */
  add(device: NewDevice, token: string): Promise<DeviceRecord>;
  /**
   * The credentials of the device of that id; undefined if it has none.
   * @throws ThingError `failed` if they were encrypted under another secret, or were changed since.
   */
  credentials(id: string): Promise<unknown>;
  /**
   * Replaces the token of a device; the old one goes on for `overlap` milliseconds (default 0), an older one ends now.
   * @throws ThingError `notFound` if there is no such device.
   */
  replaceToken(name: string, token: string, options?: { readonly overlap?: number }): Promise<DeviceRecord>;
  /** Gives a device to another organization. @throws ThingError `notFound`. */
  move(name: string, organization: string): Promise<DeviceRecord>;
  /** Gives a device another title. @throws ThingError `notFound`. */
  setTitle(name: string, title: string): Promise<DeviceRecord>;
  /**
   * Gives a device other settings, in place of all that it had, and other credentials, unless these are undefined.
   * @throws ThingError `notFound`.
   */
  configure(
    name: string,
    change: { readonly settings: Readonly<Record<string, unknown>>; readonly credentials?: unknown },
  ): Promise<DeviceRecord>;
  /** Keeps a value for the device of that id, in place of the one of that name. @throws ThingError `notFound`. */
  remember(id: string, name: string, value: unknown): Promise<void>;
  /** Removes a device with its tokens and credentials; its id stays taken for ever. Gives undefined if there is none of that name. */
  remove(name: string): Promise<DeviceRecord | undefined>;
  /** Whose that token is at this moment; takes the same time for unknown tokens and for those that have ended. */
  findByToken(token: string): Promise<TokenMatch | undefined>;
}
