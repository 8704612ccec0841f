import type { InvocationStatus, LogLine } from '@thingwright/core';
import { type InvocationFailure, isMembers, type Members, ThingError } from '@thingwright/core';
import { ownMember, textOf } from '../members.js';
import { fromProblem, toProblem } from '../problem.js';
import { PROGRESS } from './extensions.js';
import { invocationHref } from './labthings-action-status.js';
import { fromLabThingsWord, lastSegment, type ReportedRun, runStateOf, toLabThingsWord } from './run.js';

/** Where a Thing of ours stands for LabThings' clients. */
export interface InvocationPlace {
  /** The local name of the Thing. */
  readonly thing: string;
  /** Of the server, as in `http://127.0.0.1:8080`. */
  readonly base: string;
}

/** LabThings' client compares the types of two errors literally with this and the name of a Python class. */
const EXCEPTIONS =
  'https://labthings-fastapi.readthedocs.io/en/latest/autoapi/labthings_fastapi/exceptions/index.html#labthings_fastapi.exceptions.';
const CANCELLED = 'InvocationCancelledError';
const BUSY = 'GlobalLockBusyError';

/** Lines of a log that leave; the newest. */
const LOG_LINES = 1000;

/** Python's number of that level. */
const INFO = 20;

/** Writes an invocation as an entry of LabThings' lists: without input, output, log and error. */
export function toInvocationSummary(run: InvocationStatus, { thing, base }: InvocationPlace): object {
  const { action, actionID, timeRequested, timeStarted = null, timeEnded = null } = run;
  const href = invocationHref(actionID, base);
  return {
    status: toLabThingsWord(runStateOf(run)),
    id: actionID,
    action: `/things/${encodeURIComponent(thing)}/${encodeURIComponent(action)}`,
    href,
    timeRequested,
    timeStarted,
    timeCompleted: timeEnded,
    links: [
      { rel: 'self', href },
      { rel: 'output', href: `${href}/output` },
    ],
  };
}

/** Writes an invocation as LabThings' clients read it; what there is not is null. `progress` (X7) not in strict mode. */
export function toInvocation(run: InvocationStatus, place: InvocationPlace, strict: boolean): object {
  const { input, output, error, progress, log = [] } = run;
  return {
    ...toInvocationSummary(run, place),
    input: input === undefined ? null : input,
    output: output === undefined ? null : output,
    error: error === undefined ? null : toInvocationError(error, strict),
    ...(progress === undefined || strict ? {} : { [PROGRESS]: progress }),
    log: log.slice(-LOG_LINES).map(toLogRecord),
  };
}

function toInvocationError(failure: InvocationFailure, strict: boolean): object {
  const { code, detail } = failure;
  if (code === 'aborted') return { detail, type: EXCEPTIONS + CANCELLED, title: CANCELLED, status: 500 };
  if (code === 'conflict') return { detail, type: EXCEPTIONS + BUSY, title: BUSY, status: 409 };
  return toProblem(failure, strict);
}

/** A line of a log without what would tell about our insides. */
const toLogRecord = ({ message, time }: LogLine): object => ({
  message,
  levelname: 'INFO',
  levelno: INFO,
  lineno: 0,
  filename: '',
  created: time,
  exception_type: null,
  traceback: null,
});

/** Reads an invocation of a LabThings server, whole or a summary; undefined if it is none. Never throws. */
export function readInvocation(body: unknown): ReportedRun | undefined {
  if (!isMembers(body)) return undefined;
  const action = lastSegment(textOf(body.action) ?? '');
  const word = textOf(body.status);
  if (action === undefined || word === undefined) return undefined;
  const href = textOf(body.href) ?? selfLink(body);
  const timeEnded = textOf(body.timeCompleted);
  const { error = null } = body;
  return {
    action,
    state: fromLabThingsWord(word, { ended: timeEnded !== undefined, failed: error !== null }),
    word,
    actionID: textOf(body.id) ?? lastSegment(href ?? ''),
    href,
    input: ownMember(body, 'input'),
    output: ownMember(body, 'output'),
    progress: ownMember(body, PROGRESS),
    error: error === null ? undefined : readInvocationError(error),
    timeRequested: textOf(body.timeRequested),
    timeEnded,
  };
}

function readInvocationError(error: unknown): ThingError {
  const read = fromProblem(error);
  const isCancelled = isMembers(error) && error.type === EXCEPTIONS + CANCELLED;
  return isCancelled ? new ThingError('aborted', read.detail) : read;
}

function selfLink({ links }: Members): string | undefined {
  if (!Array.isArray(links)) return undefined;
  const self: unknown = links.find((link: unknown) => isMembers(link) && link.rel === 'self');
  return isMembers(self) ? textOf(self.href) : undefined;
}
