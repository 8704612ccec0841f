import type { InvocationStatus, Thing } from '@thingwright/core';
import { type Problem, toProblem } from '@thingwright/listener';

/** How an invocation stands, in the form of the HTTP Basic Profile (`status` and `href`, not `state` and `actionID`). */
export interface ActionStatus {
  readonly status: InvocationStatus['state'];
  readonly output?: unknown;
  readonly error?: Problem;
  /** Path of the ActionStatus resource. */
  readonly href: string;
  readonly timeRequested: string;
  readonly timeEnded?: string;
}

/** Brings the status of an invocation into its HTTP form. */
export function toActionStatus(thing: Pick<Thing, 'name'>, invocation: InvocationStatus): ActionStatus {
  const { action, actionID, state, output, error, timeRequested, timeEnded } = invocation;
  return {
    status: state,
    ...(output === undefined ? {} : { output }),
    ...(error ? { error: toProblem(error) } : {}),
    href: `/things/${thing.name}/actions/${encodeURIComponent(action)}/${encodeURIComponent(actionID)}`,
    timeRequested,
    ...(timeEnded === undefined ? {} : { timeEnded }),
  };
}
