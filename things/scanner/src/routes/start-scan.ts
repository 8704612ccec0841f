import { type CompileCheck, type Context, isMembers, type Thing, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { fromEvent, map, merge, NEVER, type Observable } from 'rxjs';
import { startAcknowledgedScan } from './acknowledged-scan.js';
import { AcquisitionTask, Sequence, toScanRequest } from './acquisition-task.js';
import { type Caller, callerOf } from './callers.js';
import { bodyReader } from './request-body.js';

/**
 * Finds a sequence by its id, on behalf of a caller with that `Authorization` header: a value as the wire has it (`MRISequenceOut`), or
 * undefined if there is none. Rejects with a ThingError.
 */
export type FindSequence = (id: string, authorization: string | undefined) => Promise<unknown>;

/** What a start of a scan needs. */
export interface StartScanParts {
  readonly listener: Listener;
  readonly compileCheck: CompileCheck;
  readonly findSequence: FindSequence | undefined;
  /** The scanner with that UUID. @throws ThingError `notFound` if there is none that this caller may see. */
  readonly thingOf: (uuid: string, context: Context) => Thing;
  /** Whether a caller may start its scans. */
  readonly mayStart: (thing: Thing, context: Context) => boolean;
}

/** Adds the call that starts a scan, and is answered when the device has acknowledged it (reference, section 8). */
export function addStartScan(app: FastifyInstance, parts: StartScanParts): void {
  const { listener, compileCheck, findSequence, thingOf, mayStart } = parts;
  const readTask = bodyReader(compileCheck, AcquisitionTask);
  const sequence = compileCheck(Sequence);
  const isSequence = (value: unknown): value is Sequence => sequence.fits(value);

  const sequenceOf = async (task: AcquisitionTask, authorization: string | undefined): Promise<Sequence> => {
    if (task.sequence) return task.sequence;
    if (!task.sequence_id) throw new ThingError('notFound', 'Missing sequence ID');
    const found = await findSequence?.(task.sequence_id, authorization);
    if (found === undefined || found === null) throw new ThingError('notFound', 'Sequence not found');
    if (isSequence(found)) return found;
    throw new ThingError('protocol', 'What was found by the sequence ID is no sequence');
  };

  app.post('/start_scan_via_websocket', async (request, reply) => {
    const caller = callerOf(request);
    const task = readTask(request.body);
    if (!task.sequence && !task.sequence_id) throw new ThingError('notFound', 'Missing sequence ID');
    if (!task.device_id) throw new ThingError('notFound', 'Missing device ID');
    const thing = thingOf(task.device_id, caller);
    // Refused, and noted, by the Thing itself, before anybody is asked for a sequence on behalf of who may have none.
    if (!mayStart(thing, caller)) await thing.request({ op: 'invokeaction', name: 'startScan' }, caller);
    const found = await sequenceOf(task, request.headers.authorization);
    const until = endOf(caller, reply, listener.closing);
    try {
      await startAcknowledgedScan(thing, toScanRequest(task, found), { context: caller, until });
    } catch (error) {
      throw await inKnownWords(error, thing, caller);
    }
    return reply.type('application/json').send('null');
  });
}

/** Emits when nobody waits for an answer any more; errors when the caller's credentials are no longer good, or the server closes. */
function endOf({ ended }: Caller, reply: FastifyReply, closing: AbortSignal): Observable<unknown> {
  const fails = (signal: AbortSignal, error: ThingError): Observable<never> =>
    fromEvent(signal, 'abort').pipe(
      map(() => {
        throw error;
      }),
    );
  return merge(
    fromEvent(reply.raw, 'close'),
    fails(closing, new ThingError('unavailable', 'The server is closing')),
    ended ? fails(ended, new ThingError('forbidden', 'These credentials are no longer good')) : NEVER,
  );
}

/** Says in the words that callers know why a device takes no scan. */
async function inKnownWords(error: unknown, thing: Thing, context: Context): Promise<unknown> {
  if (!(error instanceof ThingError)) return error;
  if (error.code === 'notFound') return new ThingError('notFound', 'Device not found', { cause: error });
  // One with faults is about the task, and not about the device.
  if (error.code === 'conflict' && !error.faults) return new ThingError('conflict', 'Device is busy', { cause: error });
  if (error.code === 'unavailable' && (await isOffline(thing, context))) {
    return new ThingError('unavailable', 'Device offline.', { cause: error });
  }
  return error;
}

async function isOffline(thing: Thing, context: Context): Promise<boolean> {
  try {
    const { value } = await thing.request({ op: 'readproperty', name: 'connection' }, context);
    return isMembers(value) && value.connected === false;
  } catch {
    return false;
  }
}
