import type { Model } from './model.js';
import type { OperationName } from './operation.js';

/** A role, and where it counts: each further member narrows it; without any it counts everywhere. */
export interface Grant {
  /** For example `viewer`. */
  readonly role: string;
  /** Only for Things of that organization. */
  readonly organization?: string;
  /** Only for the Thing with that id. */
  readonly thing?: string;
  /** Only for affordances of that name. */
  readonly affordance?: string;
  /** Only for that operation. */
  readonly operation?: OperationName;
}

/** Who asks. */
export interface Principal {
  /** Unique and stable, for example `user:ada`, `device:ems_001`. */
  readonly id: string;
  readonly kind: 'user' | 'service' | 'device' | 'system' | 'anonymous';
  /** What it may do, in the words of the {@link Policy} that is asked. */
  readonly grants: readonly Grant[];
}

/** What a caller showed to prove who it is. A ticket is a one-time token of a few seconds, for WebSockets of browsers. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'cookie'; readonly value: string }
  | { readonly kind: 'ticket'; readonly value: string }
  | { readonly kind: 'none' };

/** A Principal that proved itself, for as long as `ended` has not fired (expiry, revocation, rotation). */
export interface Authentication {
  readonly principal: Principal;
  readonly ended?: AbortSignal;
}

/** Where a caller comes from: failed attempts are counted by `address`, an IP address (behind a trusted proxy, the one it states). */
export interface Caller {
  readonly address: string;
}

/**
 * Finds out who a caller is; undefined for credentials that are missing, unknown or wrong (one answer for all three).
 * Throws a ThingError: `unavailable` when it cannot tell for the moment, `tooMany` with `retryAfter` after too many failures
 * of that address, `unauthenticated` where its detail helps to do it right.
 */
export type Authenticate = (
  credentials: Credentials,
  caller?: Caller,
) => Authentication | undefined | Promise<Authentication | undefined>;

/** What a {@link Policy} is asked. `describe` is the reading of a Thing Description. */
export interface PolicyQuestion {
  readonly principal: Principal;
  readonly thing: { readonly id: string; readonly name: string; readonly model: Model };
  readonly operation: OperationName | 'describe';
  /** The affordance concerned; absent for operations on the whole Thing. */
  readonly affordance?: string;
  /** queryaction, cancelaction: the id of the Principal that invoked the instance concerned. */
  readonly invoker?: string;
}

/**
 * The one function that says who may do what. Asked for every operation of every binding but the four that end an
 * observation or a subscription, which goes with the right to begin it; has to be quick and pure.
 */
export type Policy = (question: PolicyQuestion) => boolean;
