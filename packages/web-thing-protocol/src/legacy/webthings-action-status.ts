import type { InvocationStatus } from '@thingwright/core';
import { isMembers, type Members } from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { ownMember, textOf } from '../members.js';
import { fromProblem, toProblem } from '../problem.js';
import { opening } from './change.js';
import { OUTPUT } from './extensions.js';
import { fromWebThingsWord, lastSegment, type ReportedRun, runStateOf, toWebThingsWord } from './run.js';

/** Whose run it is, and whether our extensions may be told. */
export interface StatusOptions {
  /** The local name of the Thing. */
  readonly thing: string;
  readonly strict: boolean;
}

/** A run as far as it can be told: an action that answers at its end has no id, and no address. */
export type ToldRun = Pick<InvocationStatus, 'action' | 'state'> & Partial<InvocationStatus>;

/** Writes how a run stands as WebThings has it: `timeCompleted` at every end, `error` on failure, `output` (X7) not in strict mode. */
export function toWebThingsStatus(run: ToldRun, { thing, strict }: StatusOptions): object {
  const { action, actionID, input, output, error, timeRequested, timeEnded } = run;
  const state = runStateOf(run);
  return {
    ...(input === undefined ? {} : { input }),
    ...(actionID === undefined ? {} : { href: hrefOf(thing, action, actionID) }),
    status: toWebThingsWord(state),
    ...(timeRequested === undefined ? {} : { timeRequested }),
    ...(timeEnded === undefined ? {} : { timeCompleted: timeEnded }),
    ...(output === undefined || strict ? {} : { [OUTPUT]: output }),
    ...(error && state === 'failed' ? { error: toProblem(error, strict) } : {}),
  };
}

const hrefOf = (thing: string, action: string, actionID: string): string =>
  `/things/${encodeURIComponent(thing)}/actions/${encodeURIComponent(action)}/${encodeURIComponent(actionID)}`;

/** Writes WebThings' `actionStatus` for a state of a run, in ASCII; the same for all who may know of it. */
export function encodeWebThingsActionStatus(run: ToldRun, options: StatusOptions): string {
  const status = asciiJson(toWebThingsStatus(run, options));
  return `${opening('actionStatus', options.thing)},"data":{${asciiJson(run.action)}:${status}}}`;
}

/**
 * Reads how a run of a named action stands, as WebThings' servers and the W3C profile tell it: bare, or under the action's
 * name. Undefined if it is neither. Never throws.
 */
export function readWebThingsStatus(action: string, body: unknown): ReportedRun | undefined {
  if (!isMembers(body)) return undefined;
  const names = Object.keys(body);
  const inner = ownMember(body, action);
  return names.length === 1 && isMembers(inner) ? readStatus(action, inner) : readBareStatus(action, body);
}

/** A status without any of its members is none. */
function readBareStatus(action: string, status: Members): ReportedRun | undefined {
  return textOf(status.status) === undefined && textOf(status.href) === undefined
    ? undefined
    : readStatus(action, status);
}

/** Reads the entry of one action of an `actionStatus`. */
export function readStatus(action: string, status: Members): ReportedRun {
  const href = textOf(status.href);
  const timeEnded = textOf(status.timeCompleted) ?? textOf(status.timeEnded);
  const { error = null } = status;
  return {
    action,
    state: fromWebThingsWord(status.status, { ended: timeEnded !== undefined, failed: error !== null }),
    word: textOf(status.status),
    actionID: href === undefined ? undefined : lastSegment(href),
    href,
    input: ownMember(status, 'input'),
    output: ownMember(status, OUTPUT),
    progress: undefined,
    error: error === null ? undefined : fromProblem(error),
    timeRequested: textOf(status.timeRequested),
    timeEnded,
  };
}
