import type { InvocationStatus } from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { INVOCATION_HREF, INVOCATION_ID } from './extensions.js';
import { runStateOf, toLabThingsWord } from './run.js';

/** Where LabThings' clients read invocations, of all Things. */
export const INVOCATIONS_PATH = '/action_invocations';

/** Address of an invocation in LabThings' HTTP interface; `base` is that of the server. */
export const invocationHref = (actionID: string, base: string): string =>
  new URL(`${INVOCATIONS_PATH}/${encodeURIComponent(actionID)}`, base).href;

/**
 * Writes LabThings' `actionStatus` for a state of a run, in ASCII; the same for all readers. Outside strict mode it carries the id and
 * the address of the invocation (X5).
 */
export function encodeLabThingsActionStatus(
  run: Pick<InvocationStatus, 'action' | 'actionID' | 'state' | 'error'>,
  { base, strict }: { readonly base: string; readonly strict: boolean },
): string {
  const { action, actionID } = run;
  const which = strict
    ? ''
    : `,"${INVOCATION_ID}":${asciiJson(actionID)},"${INVOCATION_HREF}":${asciiJson(invocationHref(actionID, base))}`;
  const status = `"action name":${asciiJson(action)},"status":"${toLabThingsWord(runStateOf(run))}"`;
  return `{"messageType":"actionStatus","data":{${status}${which}}}`;
}
