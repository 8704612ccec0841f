/** Who works on an upgrade; `until`: milliseconds since 1970. */
export interface LeaseRow {
  readonly holder: string;
  readonly fence: number;
  readonly until: number;
}

/** An upgrade of a device as it is kept: what it is found by, and all of it. Times are milliseconds since 1970. */
export interface UpgradeRow {
  readonly id: string;
  readonly device: string;
  readonly organization: string;
  readonly image: string | null;
  readonly campaign: string | null;
  readonly group: number;
  /** Its place in the plan of its campaign. */
  readonly place: number;
  readonly phase: string;
  /** Whether its device is taken: at most one upgrade of a device is so. */
  readonly holdsDevice: boolean;
  readonly requestedBy: string;
  /** With `requestedBy` unique, unless it is null. */
  readonly clientKey: string | null;
  readonly created: number;
  readonly modified: number;
  /** What `replace` compares. */
  readonly seq: number;
  readonly lease: LeaseRow | null;
  /** When somebody has to look at it, whatever happens to its lease; null: never. */
  readonly latest: number | null;
  /** All of it, as JSON. */
  readonly kept: string;
}

/** An upgrade that was kept. */
export interface KeptUpgradeRow extends Pick<UpgradeRow, 'id' | 'device' | 'seq' | 'kept'> {
  readonly position: number;
  /** How long its lease lasts by now; null: it has none. */
  readonly leaseUntil: number | null;
  /** When somebody has to look at it; null: never. */
  readonly due: number | null;
}

/** A new upgrade, with the first entries of its log. */
export interface NewUpgradeRow {
  readonly upgrade: UpgradeRow;
  readonly lines: readonly string[];
}

/** An upgrade as it shall be from now on, if its `seq` is as expected. */
export interface UpgradeReplacement extends NewUpgradeRow {
  readonly expected: number;
}

/** Which upgrades; each member narrows it. */
export interface UpgradeRowFilter {
  readonly campaign?: string | undefined;
  readonly group?: number | undefined;
  readonly device?: string | undefined;
  readonly image?: string | undefined;
  readonly organizations?: readonly string[] | undefined;
  readonly phases?: readonly string[] | undefined;
}

/** A part of a list. Default 0 and 100; `limit` at most 1000. */
export interface PageQuery {
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** Which upgrades, in which order: default `created`, latest first. Of equal ones by id. */
export interface UpgradeRowQuery extends UpgradeRowFilter, PageQuery {
  readonly order?:
    | { readonly by: 'created' | 'modified' | 'device' | 'place'; readonly isDescending: boolean }
    | undefined;
}

/** A part of a list, and how long that is. */
export interface RowSlice<T> {
  readonly items: readonly T[];
  readonly count: number;
}

/** An entry of a log: `number` from 0, without gaps. */
export interface UpgradeLine {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/**
 * Where upgrades are kept. Every change of one gets the next position, an integer from 1, and becomes visible in that order. A promise that
 * resolves is a change that outlives a power failure; everything may reject with a ThingError `unavailable`, and then it is unknown
 * whether it is kept. Changes that are asked for together are committed together.
 */
export interface UpgradeRows {
  position(): Promise<number>;
  get(id: string): Promise<KeptUpgradeRow | undefined>;
  getAll(ids: readonly string[]): Promise<readonly KeptUpgradeRow[]>;
  /** The one that holds a device. */
  holding(device: string): Promise<KeptUpgradeRow | undefined>;
  /** All devices that one holds, in any order. */
  heldDevices(): Promise<readonly string[]>;
  requested(requestedBy: string, clientKey: string): Promise<KeptUpgradeRow | undefined>;
  /**
   * Replaces some and adds others, all or nothing; gives their positions in that order.
   * @throws ThingError `conflict` if a device is held, a key is taken, an id is known, or a `seq` is not as expected.
   */
  add(added: readonly NewUpgradeRow[], replaced?: readonly UpgradeReplacement[]): Promise<readonly number[]>;
  /** Compares `seq` and sets; undefined if that was otherwise. Of a lease with the same fence the later end stays. */
  replace(replacement: UpgradeReplacement): Promise<number | undefined>;
  /** Prolongs leases, which is no change; gives the ids of those that are not that holder's with that fence any more. */
  renew(
    leases: readonly { readonly id: string; readonly fence: number }[],
    holder: string,
    until: number,
  ): Promise<readonly string[]>;
  find(query: UpgradeRowQuery): Promise<RowSlice<KeptUpgradeRow>>;
  /** What has changed after a position, in order, each once as it is now; `position`: where the next part begins. */
  changes(
    after: number,
    query?: UpgradeRowFilter & { readonly limit?: number | undefined },
  ): Promise<{ readonly items: readonly KeptUpgradeRow[]; readonly position: number }>;
  /** How many upgrades of a campaign are where, and the position of which that is true. */
  tally(campaign: string): Promise<{
    readonly counts: readonly { readonly group: number; readonly phase: string; readonly count: number }[];
    readonly position: number;
  }>;
  /** Those due at a moment, those first that have been so for longest. `offset` (default 0): so many of them are passed over. */
  due(moment: number, limit: number, offset?: number): Promise<readonly KeptUpgradeRow[]>;
  /** Entries from a number on. `limit`: 1 to 1000, default 1000. */
  log(id: string, from?: number, limit?: number): Promise<readonly UpgradeLine[]>;
  /** The last entries of logs, at least as many as so many characters need, each log in its order. */
  tails(ids: readonly string[], characters: number): Promise<ReadonlyMap<string, readonly UpgradeLine[]>>;
  /** Removes one that holds no device, with its log; false if there is none such. */
  remove(id: string): Promise<boolean>;
}
