import type { Observable } from 'rxjs';
import type {
  ActionDeclaration,
  ActionsOf,
  DataOf,
  EventDeclaration,
  EventsOf,
  InputOf,
  Model,
  OutputOf,
  ProgressOf,
  PropertiesOf,
  PropertyDeclaration,
  ValueOf,
} from './model.js';
import type { UriVariables } from './operation.js';
import type { Principal } from './principal.js';

/** On whose behalf a value is read or written, and with which URI variables. */
export interface Access {
  readonly principal: Principal;
  readonly uriVariables: UriVariables;
}

/**
 * A value that is pushed: the last one emitted is what a read answers (none yet: 503), and every different one is a
 * change. An error of the stream makes reads fail; its end leaves the last value. What JSON has no word for (undefined, NaN)
 * is dropped with a warning.
 */
export interface Pushed<T> {
  readonly value: Observable<T>;
}

/**
 * A value that is fetched for each read; undefined from a program without types is no value yet (503). Its changes are told
 * only if there is a `value` too.
 */
export interface Fetched<T> {
  readonly read: (access: Access) => T | Promise<T>;
}

/**
 * Takes a new value. Gives back the value really set if that is known (then writers get it as confirmed), nothing if it is
 * not (a queued write). Throws a ThingError to refuse.
 */
export interface Written<T> {
  readonly write: (value: T, access: Access) => T | void | Promise<T | void>;
}

type Readable<T> = Pushed<T> | Fetched<T> | (Pushed<T> & Fetched<T>);

/** How a property works: a stream will do where it is read-only. */
export type PropertyImplementation<P extends PropertyDeclaration> = P extends { readonly writeOnly: true }
  ? Written<ValueOf<P>>
  : P extends { readonly readOnly: true }
    ? Observable<ValueOf<P>> | Readable<ValueOf<P>>
    : Readable<ValueOf<P>> & Written<ValueOf<P>>;

/** What a running action may say, and how it learns that it shall stop. */
export interface Run<P> {
  /** The invocation's id, a UUIDv4. */
  readonly id: string;
  readonly principal: Principal;
  readonly uriVariables: UriVariables;
  /** Fires when the invocation is cancelled or the Thing is closed. */
  readonly signal: AbortSignal;
  /**
   * Set on an invocation whose handler was called in a process before this one, of an action that is `resumable`: what was last told
   * of its progress. The input is the same; what is already done must not be done again.
   */
  readonly resumed?: { readonly progress?: P };
  /** Tells how far the action is; goes out as an `actionStatus` event. Does nothing in a synchronous action. */
  progress(value: P): void;
  /** Adds a line to the invocation's log; goes out as an `actionStatus` event. Does nothing in a synchronous action. */
  log(line: string): void;
}

/** What a running action may say that is declared `acknowledged`. */
export interface AcknowledgedRun<P> extends Run<P> {
  /**
   * Tells that what was asked has been taken: the invocation is `running` from now on. A second time, and in one that goes on after
   * a restart and was running before, it does nothing.
   */
  acknowledge(): void;
}

/** The run of an action, by its declaration. */
export type RunOf<A extends ActionDeclaration> = A extends { readonly acknowledged: true }
  ? AcknowledgedRun<ProgressOf<A>>
  : Run<ProgressOf<A>>;

/** Carries out an action; what it returns is the output, what it throws the reason of failure. */
export type Handler<A extends ActionDeclaration> = (
  input: InputOf<A>,
  run: RunOf<A>,
) => OutputOf<A> | Promise<OutputOf<A>>;

/** An action with more to say than its handler. */
export interface ActionParts<A extends ActionDeclaration> {
  readonly run: Handler<A>;
  /** Asked before there is an invocation; throws a ThingError to refuse the request at once. */
  readonly accept?: (input: InputOf<A>, access: Access) => void;
  /** Asked before an invocation is cancelled; throws a ThingError (`conflict`) to refuse. */
  readonly cancel?: (invocation: { readonly id: string; readonly input: InputOf<A> }) => void | Promise<void>;
  /** How many run at once, at least 1 (else RangeError); further ones wait as `pending`. Default: no limit. */
  readonly concurrency?: number;
  /** How many may wait; further ones are refused with `unavailable`. Default 64. */
  readonly queue?: number;
  /**
   * Whether its unfinished invocations are handed to it again when the Thing is opened the next time, where there is a memory.
   * Default false: they are failed with `unavailable`.
   */
  readonly resumable?: boolean;
  /** How many ended invocations are kept (default 100), and for how many milliseconds (default 1 h); the last one always is. */
  readonly retain?: { readonly count?: number; readonly age?: number };
}

/** How an action works: a handler, or one with its parts. */
export type ActionImplementation<A extends ActionDeclaration> = Handler<A> | ActionParts<A>;

/** How a Thing works: every affordance of its Model, none more, with the types of its schemas. */
export type Implementation<M extends Model> = Section<'properties', PropertyImplementations<PropertiesOf<M>>> &
  Section<'actions', ActionImplementations<ActionsOf<M>>> &
  Section<'events', EventImplementations<EventsOf<M>>>;

type PropertyImplementations<P> = {
  readonly [N in keyof P]: P[N] extends PropertyDeclaration ? PropertyImplementation<P[N]> : never;
};

type ActionImplementations<A> = {
  readonly [N in keyof A]: A[N] extends ActionDeclaration ? ActionImplementation<A[N]> : never;
};

type EventImplementations<E> = {
  readonly [N in keyof E]: E[N] extends EventDeclaration ? Observable<DataOf<E[N]>> : never;
};

type Section<Name extends string, Parts> = keyof Parts extends never
  ? { readonly [N in Name]?: Readonly<Record<never, never>> }
  : { readonly [N in Name]: Parts };

/** {@link ActionParts} with their types erased. */
export interface ActionHandlers {
  readonly run: (input: unknown, run: AcknowledgedRun<unknown>) => unknown;
  readonly accept?: (input: unknown, access: Access) => void;
  readonly cancel?: (invocation: { readonly id: string; readonly input: unknown }) => unknown;
  readonly concurrency?: number;
  readonly queue?: number;
  readonly resumable?: boolean;
  readonly retain?: { readonly count?: number; readonly age?: number };
}
