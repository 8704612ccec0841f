import {
  ACTION_STATUS,
  type Context,
  type InvocationFailure,
  isMembers,
  type Thing,
  ThingError,
} from '@thingwright/core';
import { concatMap, defaultIfEmpty, filter, firstValueFrom, merge, type Observable, of, takeUntil } from 'rxjs';
import type { ScanRequest } from '../scans.js';

/**
 * Starts a scan and resolves when its device has acknowledged it. Rejects with a ThingError for what prevents that: `timeout` if it does
 * not, `protocol` if it answers with an error; and with what `until` errors with, or for its end, which leave the scan as it is.
 */
export async function startAcknowledgedScan(
  thing: Thing,
  request: ScanRequest,
  { context, until }: { readonly context: Context; readonly until: Observable<unknown> },
): Promise<void> {
  const statuses = { op: 'subscribeevent', name: ACTION_STATUS } as const;
  // Before anything is begun: who may not follow a scan is not left without an answer to it.
  await thing.request(statuses, context);
  const { status } = await thing.request({ op: 'invokeaction', name: 'startScan', input: request }, context);
  const actionID = status?.actionID ?? '';
  const told = thing
    .observe(statuses, context)
    .pipe(filter(({ value }) => isMembers(value) && value.actionID === actionID));
  const query = async () => (await thing.request({ op: 'queryaction', actionID, evenCancelled: true }, context)).status;
  const taken = await firstValueFrom(
    merge(told, of(undefined)).pipe(
      concatMap(query),
      filter((standing) => standing !== undefined && standing.state !== 'pending'),
      takeUntil(until),
      defaultIfEmpty(undefined),
    ),
  );
  if (!taken) throw new ThingError('notFound', `'${thing.name}' is no longer here`);
  if (taken.error) throw refusalOf(taken.error);
}

/** That a device reports an error is no failure of ours. */
const refusalOf = ({ code, detail }: InvocationFailure): ThingError =>
  new ThingError(code === 'failed' ? 'protocol' : code, detail);
