import * as t from 'typebox';

/** How many readers a process opens, and of what; they are spread over the Things. */
export const Opening = t.Object({
  url: t.String(),
  token: t.String(),
  things: t.Array(t.Object({ id: t.String(), name: t.String() })),
  readers: t.Integer(),
});
/** One {@link Opening}. */
export type Opening = t.Static<typeof Opening>;

/** The numbers that there were, by Thing. */
export const Truth = t.Object({ truth: t.Array(t.Array(t.Number())) });

/** A count of readers. */
export const Many = t.Object({ count: t.Integer() });

/** What readers got, all together. */
export const Return = t.Object({
  readers: t.Integer(),
  notifications: t.Integer(),
  gaps: t.Integer(),
  missed: t.Integer(),
  duplicates: t.Integer(),
  lost: t.Integer(),
});
/** One {@link Return}. */
export type Return = t.Static<typeof Return>;
