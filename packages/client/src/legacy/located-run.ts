import { type InvocationStatus, type LogLine, ThingError } from '@thingwright/core';
import type { ReportedRun } from '@thingwright/web-thing-protocol/legacy';

/** A run that its server reported, and where it is to be asked for. */
export interface LocatedRun extends ReportedRun {
  /** Absolute. */
  readonly url: string;
  readonly log: readonly LogLine[];
}

/** A run as an answer from `from` reports it. @throws ThingError `protocol` for what is none, or does not say where it is. */
export function locate(run: ReportedRun | undefined, from: string, log: readonly LogLine[] = []): LocatedRun {
  const { href } = run ?? {};
  if (!run || href === undefined || !URL.canParse(href, from)) {
    throw new ThingError('protocol', `${from} answered without an invocation`);
  }
  return { ...run, url: new URL(href, from).href, log };
}

/** Tells whether a run goes on no more. */
export const hasEnded = ({ state }: Pick<ReportedRun, 'state'>): boolean => state !== 'pending' && state !== 'running';

/** A run in the words of the Web Thing Protocol, where a cancelled one has failed as `aborted`. */
export function toInvocationStatus(run: LocatedRun, actionID: string): InvocationStatus {
  const { action, state, input, output, progress, log, timeRequested = '', timeEnded } = run;
  const error = failureOf(run);
  return {
    actionID,
    action,
    state: state === 'cancelled' ? 'failed' : state,
    timeRequested,
    ...(output === undefined ? {} : { output }),
    ...(error ? { error } : {}),
    ...(input === undefined || input === null ? {} : { input }),
    ...(progress === undefined ? {} : { progress }),
    ...(log.length === 0 ? {} : { log }),
    ...(timeEnded === undefined ? {} : { timeEnded }),
  };
}

function failureOf({ action, state, error }: LocatedRun): InvocationStatus['error'] {
  if (state === 'cancelled') return { code: 'aborted', detail: error?.detail ?? `Action '${action}' was cancelled` };
  if (state !== 'failed') return undefined;
  return { code: error?.code ?? 'failed', detail: error?.detail ?? `Action '${action}' failed` };
}
