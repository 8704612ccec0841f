import type { Observable } from 'rxjs';
import type { Notification } from './notification.js';
import type { ObserveOperation, Operation } from './operation.js';
import type { Caller, Principal } from './principal.js';
import type { Fault } from './thing-error.js';
import type { TraceContext } from './trace-context.js';

/** On whose behalf an operation runs. One object may serve all operations of a connection. */
export interface Context {
  readonly principal: Principal;
  /** Where the request came from; for the audit. */
  readonly from?: Caller;
  /** Over which binding the request came, `http` or `websocket`; absent: from the program itself. */
  readonly binding?: string;
  /** Where the request belongs among those of other programs. */
  readonly trace?: TraceContext;
}

/** Why an invocation failed, as it is kept and shown. */
export interface InvocationFailure {
  readonly code: import('./thing-error.js').ErrorCode;
  readonly detail: string;
  readonly faults?: readonly Fault[];
}

/** A line of an invocation's log. `time` is RFC 3339, UTC, milliseconds. */
export interface LogLine {
  readonly message: string;
  readonly time: string;
}

/**
 * How one invocation of an asynchronous action stands, with what the handler has told of it; no protocol carries all of it.
 * One that was cancelled has failed as `aborted`. Times are RFC 3339, UTC, milliseconds.
 */
export interface InvocationStatus {
  readonly actionID: string;
  readonly action: string;
  readonly state: 'pending' | 'running' | 'completed' | 'failed';
  readonly output?: unknown;
  readonly error?: InvocationFailure;
  readonly input?: unknown;
  /** The latest progress. */
  readonly progress?: unknown;
  /** The last thousand lines, oldest first. */
  readonly log?: readonly LogLine[];
  readonly timeRequested: string;
  readonly timeStarted?: string;
  readonly timeEnded?: string;
}

/**
 * What came of an operation; only the members that the operation has are set (an absent value is no member or undefined):
 * `value` readproperty, and writeproperty if confirmed; `values` bulk operations; `output` a synchronous invokeaction;
 * `status` an asynchronous invokeaction and queryaction; `statuses` queryallactions; `names`, and with a
 * lastNotificationID `resume` and `missed`, with allKept `missed` alone, the four observing operations.
 */
export interface Answer {
  readonly value?: unknown;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly output?: unknown;
  readonly status?: InvocationStatus;
  /** By action name, a key for every action; newest first. */
  readonly statuses?: Readonly<Record<string, readonly InvocationStatus[]>>;
  /** The affordances that the observation covers. */
  readonly names?: readonly string[];
  /** `complete`: `missed` holds all since lastNotificationID; `gap`: something may be lost. */
  readonly resume?: 'complete' | 'gap';
  /** What was missed, or all that is kept; oldest first. */
  readonly missed?: readonly Notification[];
  /** RFC 3339: when the value was measured or the operation was done. Absent: now. */
  readonly time?: string;
}

/**
 * The narrow waist of the runtime: all that a binding, on either side, knows of a Thing.
 *
 * `request` runs one operation and answers, at once where it can; it throws or rejects with a ThingError. For the four
 * observing operations it checks name and permission, and tells what was missed; the stream itself comes from
 * {@link Channel.observe}. Nothing happens between an answer given at once and an `observe` called in the same tick.
 *
 * `observe` is a cold stream of all Notifications of one affordance or of all; a relay subscribes once, whatever the
 * number of its readers. It errors with a ThingError if the affordance does not exist or cannot be observed.
 */
export interface Channel {
  request(operation: Operation, context: Context): Answer | Promise<Answer>;
  observe(operation: ObserveOperation, context: Context): Observable<Notification>;
}
