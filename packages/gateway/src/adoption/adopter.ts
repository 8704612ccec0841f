import type { Exposure, Log, ThingDescription } from '@thingwright/core';
import type { ReachableAddresses } from './reachable-addresses.js';

/** What is shown to a foreign Thing: a token, a user with a password, or an API key. */
export interface ForeignCredentials {
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly apiKey?: string;
}

/** How one foreign Thing is adopted. */
export interface Adoption {
  readonly credentials?: ForeignCredentials | undefined;
  /** Milliseconds between two reads of what its protocol cannot push. */
  readonly pollInterval: number;
  /** Every connection is opened by these; no other is. */
  readonly addresses: ReachableAddresses;
  readonly log: Log;
}

/**
 * Reaches foreign Things over some protocols and makes Things of ours out of them. The gateway hands it TDs that it has looked
 * through: with the mandatory terms, within limits, references resolved by an absolute `base`.
 */
export interface Adopter {
  readonly name: string;
  /** The URI schemes that it speaks: `http`, `coap`. */
  readonly schemes: readonly string[];
  /** Whether it reaches every affordance of a Thing. */
  canAdopt(td: ThingDescription): boolean;
  /**
   * Makes a Thing of ours. Asks nothing of the foreign Thing before its exposure is opened, and tries by itself, with growing
   * pauses, to reach one that is away; meanwhile what is asked of it is refused as `unavailable`. Rejects with a ThingError
   * `invalid` for what cannot be served. Disposing closes all connections.
   */
  adopt(td: ThingDescription, adoption: Adoption): Promise<Exposure & AsyncDisposable>;
}
