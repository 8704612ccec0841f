/** Whether `expected` stands at that place; for long texts. */
export const standsAt = (bytes: Buffer, at: number, expected: Buffer): boolean =>
  bytes.compare(expected, 0, expected.length, at, at + expected.length) === 0;

/** The same for short ones, where a call out of JavaScript would cost more than the comparison. */
export function standsShortAt(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** The end of every notification of one reader. */
export interface Ending {
  /** Up to the correlationID; the same for all. */
  readonly common: string;
  /** The correlationID, and what closes the message. */
  readonly own: Buffer;
}

/** What an observer's notifications end with. */
export const endingOf = (correlationID: string): Ending => ({
  common: ',"operation":"observeproperty","correlationID":"',
  own: Buffer.from(`${correlationID}"}`),
});
