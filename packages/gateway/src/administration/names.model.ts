import * as t from 'typebox';

const PATTERN = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';

/** The name that a Thing may have: URL-safe, at most 64 characters. */
export const LocalName = t.String({ pattern: PATTERN });

/** The name of an organization; it is there as soon as somebody or something belongs to it. */
export const OrganizationName = t.String({ pattern: PATTERN, description: 'Absent: default.' });

/** For people to read. */
export const Title = t.String({ minLength: 1, maxLength: 200 });
