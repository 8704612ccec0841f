import * as t from 'typebox';

/** What the processes of the run tell each other. */
export const Nothing = t.Object({});

/** Where the server listens. */
export const Served = t.Object({ port: t.Integer() });

/** Memory in bytes after garbage collection, and how many sockets are open. */
export const Usage = t.Object({ heap: t.Number(), rss: t.Number(), sockets: t.Integer() });
/** One {@link Usage}. */
export type Usage = t.Static<typeof Usage>;

/** The last number of each affordance, by the name of the station. */
export const AllFinals = t.Record(
  t.String(),
  t.Object({ count: t.Integer(), tick: t.Integer(), picture: t.Integer() }),
);

/** How many readers there are, of which a process opens its part, and where; the seed spreads what they ask. */
export const Opening = t.Object({
  port: t.Integer(),
  readers: t.Integer(),
  part: t.Integer(),
  parts: t.Integer(),
  seed: t.Integer(),
});

/** How many readers a process has, are connected, have everything, and how many promises are open. */
export const Progress = t.Object({
  readers: t.Integer(),
  connected: t.Integer(),
  complete: t.Integer(),
  pending: t.Integer(),
});
/** One {@link Progress}. */
export type Progress = t.Static<typeof Progress>;

/** What came of the readers of one group in one process. */
export const GroupReport = t.Object({
  group: t.String(),
  readers: t.Integer(),
  /** How often a reader noticed that its line was gone. */
  cuts: t.Integer(),
  notifications: t.Integer(),
  conflated: t.Integer(),
  duplicates: t.Integer(),
  losses: t.Integer(),
  overstated: t.Integer(),
  gaps: t.Integer(),
  needlessGaps: t.Integer(),
  missed: t.Integer(),
  /** Gaps at a stream that the Thing's `gaps` did not tell. */
  untoldGaps: t.Integer(),
  /** Values of a property that were older than the one before. */
  stale: t.Integer(),
  /** Streams that ended, or readers that do not have the last value in the end. */
  broken: t.Integer(),
  /** Milliseconds from when a reader noticed a cut to when it was subscribed again. */
  reconnections: t.Array(t.Number()),
});
/** One {@link GroupReport}. */
export type GroupReport = t.Static<typeof GroupReport>;

/** What came of all readers of one process. */
export const ReadersReport = t.Object({
  groups: t.Array(GroupReport),
  promises: t.Object({
    kept: t.Integer(),
    broken: t.Record(t.String(), t.Integer()),
    pending: t.Integer(),
    overdue: t.Integer(),
    wrong: t.Integer(),
  }),
});
/** One {@link ReadersReport}. */
export type ReadersReport = t.Static<typeof ReadersReport>;
