import { randomUUID } from 'node:crypto';

/** The id of the one Thing that most scenarios speak of. */
export const STATION = 'urn:uuid:6f1d2c3b-4a59-4e68-8776-95a4b3c2d1e0';

/** What its property `reading` holds; its notification is about 300 bytes long. */
export interface Reading {
  /** Of equal width for all changes of a run. */
  readonly seq: number;
  /** When the change was due: microseconds on the machine's own clock. */
  readonly at: number;
  readonly level: number;
}

/** Microseconds on a clock that all processes of this machine share. */
export const microseconds = (): number => Math.floor(Number(process.hrtime.bigint()) / 1000) + 1e12;

const FIRST = 10_000_000;

/** The n-th reading of a server. */
export const readingOf = (n: number, at: number): Reading => ({ seq: FIRST + n, at, level: 100 + (n % 900) });

/** A request of the Web Thing Protocol. */
export function requestOf(
  operation: string,
  members: object,
): { readonly text: string; readonly correlationID: string } {
  const correlationID = randomUUID();
  const ids = { messageID: randomUUID(), messageType: 'request' };
  return { text: JSON.stringify({ thingID: STATION, ...ids, operation, ...members, correlationID }), correlationID };
}
