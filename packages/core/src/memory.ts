import type { InvocationStatus } from './channel.js';
import type { Notification } from './notification.js';
import type { UriVariables } from './operation.js';
import type { Principal } from './principal.js';
import type { ThingError } from './thing-error.js';

/** A change of a property, or an occurrence of an event, as it is kept; its id is made of its Thing and its moment. */
export interface KeptChange extends Pick<Notification, 'kind' | 'name' | 'value' | 'invoker'> {
  /** Microseconds since 1970; rising within its Thing. */
  readonly micros: number;
}

/** A run of an asynchronous action as it is kept. */
export interface KeptInvocation {
  /** How it stands at the moment of the question. */
  readonly status: InvocationStatus;
  /** Who started it, as known then. */
  readonly invoker: Principal;
  readonly uriVariables: UriVariables;
  readonly cancelled: boolean;
  /** Whether its handler was called; absent: if it has a time at which it started. */
  readonly called?: boolean;
}

/** A value that a property had when it was last told of. */
export interface KeptValue {
  readonly value: unknown;
  /** Microseconds since 1970. */
  readonly micros: number;
}

/**
 * Changes of properties of one Thing that are taken at once, in their order. All but `values` is good only during the call that they
 * are handed to: the next come in the same object.
 */
export interface Changes {
  /** How many. */
  readonly size: number;
  /** Microseconds since 1970 of the first; each other is one later than the one before. */
  readonly first: number;
  /** The properties that may change together; the same list each time. */
  readonly names: readonly string[];
  /** Of which of `names` the i-th change is. */
  nameAt(i: number): number;
  /** The value of the i-th change; NaN if it is no number. */
  numberAt(i: number): number;
  /** The value of the i-th change as JSON; asked only of what is no number. */
  textAt(i: number): string;
  /** What those of the properties have at the time of the question that have anything. */
  values(): ReadonlyMap<string, KeptValue>;
}

/**
 * What of one Thing outlives the process. `append`, `appendAll` and `keep` take a state and never throw: it is written soon, with
 * all that other Things have by then; {@link Memory.kept} tells when.
 */
export interface ThingMemory {
  /** Microseconds since 1970 of the last change that it has, 0 if there is none. New ones are later, whatever the clock says. */
  readonly last: number;
  /** By property: the value to begin with. */
  readonly values: ReadonlyMap<string, KeptValue>;
  /** The invocations that were not forgotten, in the order of their requests. */
  readonly invocations: readonly KeptInvocation[];
  /** Takes a change. The value is JSON and is written out before this returns. */
  append(origin: Pick<Notification, 'kind' | 'name' | 'invoker'>, value: unknown, micros: number): void;
  /** Takes changes at once; as many calls of `append` would do the same, and cost more. */
  appendAll(changes: Changes): void;
  /**
   * The changes after that of the moment `micros` and before `until`, oldest first, with all that were taken before this was
   * called, be they written or not; undefined if there is none of exactly that moment, or if it is too long ago to say for sure.
   * Rejects with a ThingError `unavailable`.
   */
  since(micros: number, until: number): Promise<readonly KeptChange[] | undefined>;
  /**
   * The latest occurrences of those events, so many at most, oldest first, of as long ago as a reader can resume; with all that were
   * taken before this was called. Rejects with a ThingError `unavailable`.
   */
  events(names: readonly string[], most: number): Promise<readonly KeptChange[]>;
  /** Keeps how an invocation stands when it is written, which may be later than now. */
  keep(invocation: KeptInvocation): void;
  /** Forgets an invocation. */
  forget(actionID: string): void;
}

/** What of the Things of a Site outlives the process; a store implements it. */
export interface Memory {
  /** What is kept of the Thing with that id; of a new one nothing. Has to answer at once: what it needs is read beforehand. */
  of(thing: string): ThingMemory;
  /**
   * Resolves once all that was taken until now is kept; undefined if it already is. Rejects with a ThingError `unavailable` if it
   * cannot be kept for the moment. An answer that promises something waits for it.
   */
  kept(): Promise<void> | undefined;
  /** Why nothing can be kept for the moment, a ThingError `unavailable`; undefined while everything is well. */
  readonly failure: ThingError | undefined;
}
