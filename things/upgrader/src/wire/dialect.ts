/**
 * How a connection is spoken to (reference, section 3.3): `union` for clients of the document and of the code alike, `upstream` as the code
 * does, `documented` to the letter, `next` with the statuses of the coming generation.
 */
export const DIALECTS = ['union', 'upstream', 'documented', 'next'] as const;

/** One of {@link DIALECTS}. */
export type Dialect = (typeof DIALECTS)[number];

/** Tells whether a text names a dialect. */
export const isDialect = (text: string): text is Dialect => DIALECTS.some((dialect) => dialect === text);

/** Whether our own keys are added. */
export const isExtended = (dialect: Dialect): boolean => dialect === 'union' || dialect === 'next';
