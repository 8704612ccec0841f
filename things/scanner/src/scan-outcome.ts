import { ThingError } from '@thingwright/core';
import type { Static } from 'typebox';
import type { ScanOutcome as ScanOutcomeSchema } from './scan.model.js';
import type { TaskRecord } from './scanner-record.js';
import type { Failure } from './task-machine.js';

/** What `startScan` gives. */
export type ScanOutcome = Static<typeof ScanOutcomeSchema>;

/** The code of the error that `startScan` fails with, by the reason. */
const CODES = {
  'device-error': 'failed',
  'no-ack': 'timeout',
  disconnected: 'disconnected',
  silent: 'timeout',
  aborted: 'aborted',
  'server-restart': 'unavailable',
} as const satisfies Readonly<Record<Failure['code'], string>>;

/** What `startScan` gives for a scan that is over. @throws ThingError for one that failed. */
export function outcomeOf({ taskID, resultIDs, state: { failure } }: TaskRecord): ScanOutcome {
  if (failure) throw new ThingError(CODES[failure.code], `${failure.code}: ${failure.message}`);
  return { taskId: taskID, status: 'FINISHED', resultIds: [...resultIDs], error: null };
}
