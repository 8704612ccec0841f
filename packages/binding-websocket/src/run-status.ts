import { type Context, type InvocationStatus, isMembers, type Notification, type Thing } from '@thingwright/core';

/** What is known of a run: all of it, or what an `actionStatus` event says. */
export type RunStatus = Pick<InvocationStatus, 'actionID' | 'action' | 'state'> & Partial<InvocationStatus>;

/**
 * How the run stands that an `actionStatus` event tells of, as long as it is being told: the older dialects say more of it
 * than the event does. `context` is that of a reader who may have it. @throws TypeError for another event.
 */
export function runStatusOf({ value, name }: Notification, thing: Thing, context: Context): RunStatus {
  if (!tellsOfRun(value)) throw new TypeError(`The event '${name}' of '${thing.name}' tells of no run`);
  try {
    const answer = thing.request({ op: 'queryaction', actionID: value.actionID, evenCancelled: true }, context);
    if (!(answer instanceof Promise) && answer.status) return answer.status;
  } catch {
    // The Thing is being closed, or keeps no run that has ended.
  }
  return { actionID: value.actionID, action: value.action, state: value.state };
}

const STATES: ReadonlySet<unknown> = new Set<InvocationStatus['state']>(['pending', 'running', 'completed', 'failed']);

const tellsOfRun = (data: unknown): data is RunStatus =>
  isMembers(data) && typeof data.actionID === 'string' && typeof data.action === 'string' && STATES.has(data.state);
