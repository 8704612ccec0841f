import type { Slice } from './catalogue.js';
import type { Phase } from './phase.js';
import type { PhaseCount } from './tally.js';
import type { Upgrade } from './upgrade.js';

/** Which upgrades; each member narrows it. */
export interface UpgradeFilter {
  readonly campaign?: string | undefined;
  readonly group?: number | undefined;
  readonly device?: string | undefined;
  readonly image?: string | undefined;
  /** Of one of these. */
  readonly organizations?: readonly string[] | undefined;
  /** In one of these; `phasesOf` gives those of a status. */
  readonly phases?: readonly Phase[] | undefined;
}

/** Which part of them, in which order. Those with the same value are in the order of their ids. */
export interface UpgradeQuery extends UpgradeFilter {
  /** Default: `created`, latest first. `place` is the order of the plan of a campaign. */
  readonly order?:
    | { readonly by: 'created' | 'modified' | 'device' | 'place'; readonly isDescending: boolean }
    | undefined;
  /** Default 0 and 100, at most 1000. */
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** An entry of a log. */
export interface LogEntry {
  /** From 0, without gaps. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** May have several lines. */
  readonly text: string;
}

/** The end of a log. */
export interface LogTail {
  /** Joined by line feeds, cut at the front to so many characters. */
  readonly text: string;
  /** How many entries of the log are missing in `text`, or are not whole. */
  readonly omitted: number;
}

/** A change of an upgrade that somebody wants to be kept. */
export interface Replacement {
  /** What it shall be. */
  readonly upgrade: Upgrade;
  /** What its `seq` has to be until then. */
  readonly expected: number;
  /** To be appended to its log, as of `upgrade.modified`. */
  readonly lines: readonly string[];
}

/** A new upgrade, with the first lines of its log. */
export interface NewUpgrade {
  readonly upgrade: Upgrade;
  readonly lines: readonly string[];
}

/** What of upgrades has changed since a position, each as it is now. */
export interface UpgradeChanges {
  readonly items: readonly { readonly position: number; readonly upgrade: Upgrade }[];
  /** Where the next part begins. */
  readonly position: number;
}

/**
 * Where upgrades are kept, with their logs. A promise that resolves is a change that outlives a power failure; everything may reject
 * with a ThingError `unavailable`, and then it is unknown whether it is kept. Every change of an upgrade gets the next *position* of the
 * table, an integer from 1, by which readers ask for what they have missed. Positions become visible in their order.
 *
 * An upgrade that is there and cannot be read, as a release wrote it that is not known here, is as if it were not there for those who ask for many:
 * it is never due, and missing in lists, not in what they count. Who asks for that one gets a ThingError `conflict`. It holds its device as before.
 */
export interface UpgradeTable {
  /** The position of the last change. */
  position(): Promise<number>;
  /** Undefined if there is none. */
  get(id: string): Promise<Upgrade | undefined>;
  /** Of these that are there, in any order. */
  getAll(ids: readonly string[]): Promise<readonly Upgrade[]>;
  /** The one of a device that `holdsDevice`. */
  holding(device: string): Promise<Upgrade | undefined>;
  /** All devices of which one `holdsDevice`, in any order. */
  heldDevices(): Promise<readonly string[]>;
  /** The one that was asked for with that key. */
  requested(requestedBy: string, clientKey: string): Promise<Upgrade | undefined>;
  /**
   * Ends upgrades that are superseded, and adds others, all or nothing; gives their positions in that order.
   * @throws ThingError `conflict` if a device is held by another one, a client key is taken, or a `seq` is not as expected.
   */
  add(added: readonly NewUpgrade[], superseded?: readonly Replacement[]): Promise<readonly number[]>;
  /**
   * Compares `seq` and sets, with its log; gives the position, undefined if somebody else was faster or it is gone. What held no
   * device before must not hold one then. Of a lease with the same fence, the later `until` stays: it may have been prolonged since
   * the upgrade was read.
   */
  replace(replacement: Replacement): Promise<number | undefined>;
  /**
   * Prolongs leases, which is no change that anybody is told of: neither `seq` nor position rise.
   * Gives the ids of those that have not that holder and fence any more.
   */
  renew(
    leases: readonly { readonly id: string; readonly fence: number }[],
    holder: string,
    until: number,
  ): Promise<readonly string[]>;
  /** A part of those that fit, and how many fit: what decides whether there are more, as those that cannot be read are missing in a part. */
  find(query: UpgradeQuery): Promise<Slice<Upgrade>>;
  /** What has changed after a position, in the order of positions. `limit`: 1 to 1000, default 1000. */
  changes(after: number, query?: UpgradeFilter & { readonly limit?: number | undefined }): Promise<UpgradeChanges>;
  /** How many upgrades of a campaign are where, and the position of which that is true. */
  tally(campaign: string): Promise<{ readonly counts: readonly PhaseCount[]; readonly position: number }>;
  /**
   * Those whose `dueOf` is not after `moment` (milliseconds since 1970), those first that have been due for longest, of one moment by
   * `created` and `place`.
   */
  due(moment: number, limit: number): Promise<readonly Upgrade[]>;
  /** When the next one is due; undefined: none will be by itself. */
  nextDue(): Promise<number | undefined>;
  /** Entries from a number on, at most `limit` (1 to 1000, default 1000). */
  log(id: string, from?: number, limit?: number): Promise<readonly LogEntry[]>;
  /** The ends of logs, each of at most so many characters; a log without entries is left out. */
  tails(ids: readonly string[], characters: number): Promise<ReadonlyMap<string, LogTail>>;
  /** Removes one that `holdsDevice` no more, with its log; false if it is not there, or not ended. */
  remove(id: string): Promise<boolean>;
}
