/** The members of a JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** Tells a JSON object from the other JSON values. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
