import type { HistoryPage } from './history.js';

/** Who did what, or tried to. Append-only: what was kept is never changed, and goes only when it is too old. */
export interface AuditRecord {
  /** Microseconds since 1970. */
  readonly micros: number;
  /** The id of who did it. */
  readonly principal: string;
  /** Where the request came from: an IP address. */
  readonly address?: string | undefined;
  /** Id and name of the Thing; absent for what concerns none. */
  readonly thing?: string | undefined;
  readonly name?: string | undefined;
  /** To which the Thing belonged then. */
  readonly organization?: string | undefined;
  /** For example `writeproperty`. */
  readonly operation: string;
  readonly affordances: readonly string[];
  /** The invocation that was begun or cancelled. */
  readonly actionID?: string | undefined;
  /** `done`, or the code of an error. */
  readonly result: string;
  /** Why it was refused or failed. */
  readonly detail?: string | undefined;
}

/** Which part of an audit is read; each member narrows it. */
export interface AuditQuery {
  /** Milliseconds since 1970: from that moment, and before this one. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly principal?: string | undefined;
  /** Id or name. */
  readonly thing?: string | undefined;
  /** What concerns Things of these organizations, and nothing else. */
  readonly organizations?: readonly string[] | undefined;
  /** Default `newest`. */
  readonly first?: 'oldest' | 'newest' | undefined;
  /** Default 100, at most 1000. */
  readonly limit?: number | undefined;
  /** The `next` of the page before; the rest of the query has to be the same. */
  readonly after?: string | undefined;
}

/** Who did what, as it is kept. */
export interface AuditTrail {
  /**
   * Takes a record; it is committed with all else that was taken, in its order. Never throws. While nothing can be committed only so
   * many wait, and a record with the operation `lost` says how many did not.
   */
  append(record: AuditRecord): void;
  /** Reads a page. @throws ThingError `invalid` for an odd query, `unavailable`. */
  read(query?: AuditQuery): Promise<HistoryPage<AuditRecord>>;
}
