import type { Context } from '@thingwright/core';

/** A scanner that is known, with what its Thing does not tell. */
export interface RegisteredScanner {
  /** Its local name. */
  readonly name: string;
  /** The id of its Thing: `urn:uuid:` and the UUID that it dials in with. */
  readonly id: string;
  /** RFC 3339, UTC: when it was made known, and when that was changed last. */
  readonly created: string;
  readonly modified: string;
}

/** Which scanners there are, for those who manage them; whoever serves scanners keeps that, and asks who may change it. */
export interface ScannerRegistry {
  /** All that there are, whoever may see them, in the order in which they were made known. */
  list(): readonly RegisteredScanner[];
  /** The scanner whose Thing has that id. */
  find(id: string): RegisteredScanner | undefined;
  /** Makes a scanner known, and a Thing of it; the token is told this once. Rejects with a ThingError, `forbidden` for one. */
  create(title: string, context: Context): Promise<{ readonly id: string; readonly token: string }>;
  /** Ends its connection and its token, and removes its Thing. Rejects with a ThingError, `forbidden` for one. */
  remove(name: string, context: Context): Promise<void>;
  /** Resolves if it can be changed; rejects otherwise. */
  check(): Promise<void>;
}
