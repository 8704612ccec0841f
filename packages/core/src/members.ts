/**
 * The members of a JSON object. Where it came from a peer, so did its names: ask `Object.hasOwn` or `Object.entries`, never
 * the prototype.
 */
export type Members = Readonly<Record<string, unknown>>;

/** Tells a JSON object from all other values: not for null, and not for arrays. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
