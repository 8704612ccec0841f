/** A JSON object as received. Its names are the peer's: ask `Object.hasOwn` or `Object.entries`, never the prototype. */
export type Members = Readonly<Record<string, unknown>>;

/** Tells a JSON object from all else. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of its own, never one that every object inherits. */
export const ownMember = (members: Members, name: string): unknown =>
  Object.hasOwn(members, name) ? members[name] : undefined;

/** A text, or nothing. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
