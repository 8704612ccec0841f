import type { InvocationStatus } from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { INVOCATION_HREF, INVOCATION_ID } from './extensions.js';
import { runStateOf, toLabThingsWord } from './run.js';

/** Where LabThings' clients read invocations, of all Things. */
export const INVOCATIONS_PATH = '/action_invocations';

const invocationPath = (actionID: string): string => `${INVOCATIONS_PATH}/${encodeURIComponent(actionID)}`;

/** Address of an invocation in LabThings' HTTP interface; `base` is that of the server. */
export const invocationHref = (actionID: string, base: string): string => new URL(invocationPath(actionID), base).href;

/**
 * Writes LabThings' `actionStatus` for a state of a run, in ASCII; the same for all readers. Outside strict mode it carries the id of
 * the invocation and its address (X5), which is a path, because readers may have come by different names of the server.
 */
export function encodeLabThingsActionStatus(
  run: Pick<InvocationStatus, 'action' | 'actionID' | 'state' | 'error'>,
  strict: boolean,
): string {
  const { action, actionID } = run;
  const which = strict
    ? ''
    : `,"${INVOCATION_ID}":${asciiJson(actionID)},"${INVOCATION_HREF}":${asciiJson(invocationPath(actionID))}`;
  const status = `"action name":${asciiJson(action)},"status":"${toLabThingsWord(runStateOf(run))}"`;
  return `{"messageType":"actionStatus","data":{${status}${which}}}`;
}
