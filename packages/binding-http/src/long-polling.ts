import type { Form, FormBuilder, Notification, ObserveOperation, OperationName, Site } from '@thingwright/core';
import { ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import { defaultIfEmpty, filter, merge, Observable, take } from 'rxjs';
import { sendJson, sendNothing } from './answers.js';
import type { Respond, ThingCall } from './call.js';

/** What a form of a stream gives besides; node-wot's clients know it, not the events with names that the SSE profile demands. */
const OPERATIONS = {
  property: ['observeproperty', 'unobserveproperty'],
  event: ['subscribeevent', 'unsubscribeevent'],
} as const;

/** Forms of a sub-protocol `longpoll` for properties and events: a GET that is answered by the next change. */
export const longPollingForms: FormBuilder = ({ kind, name, operations }) => {
  if (kind !== 'property' && kind !== 'event') return [];
  const op: readonly OperationName[] = OPERATIONS[kind].filter((operation) => operations.includes(operation));
  const group = kind === 'property' ? 'properties' : 'events';
  const form: Form = {
    href: `${group}/${encodeURIComponent(name)}/next`,
    op,
    subprotocol: 'longpoll',
    contentType: 'application/json',
  };
  return op.length === 0 ? [] : [form];
};

/**
 * Makes the function that answers a call with the next notification. It carries no place to go on from: what happens between two
 * calls of a reader is not told.
 */
export function createLongPolling(
  { log }: Site,
  listener: Listener,
): (call: ThingCall, operation: ObserveOperation) => ReturnType<Respond> {
  return async (call, operation) => {
    const { thing, caller, request, reply } = call;
    await thing.request(operation, caller);
    reply.header('cache-control', 'no-store');
    if (request.method === 'HEAD') {
      sendNothing(reply);
      return;
    }
    const next = thing.observe(operation, caller).pipe(
      filter((notification) => thing.admits(notification, caller)),
      take(1),
      // A Thing that goes has nothing more to tell.
      defaultIfEmpty(undefined),
    );
    const answered = new Promise<Notification | undefined>((resolve, reject) => {
      let found: Notification | undefined;
      const waiting = merge(next, failure(listener.closing, caller.ended))
        .pipe(take(1))
        .subscribe({
          next: (notification) => {
            found = notification;
          },
          error: reject,
          complete: () => resolve(found),
        });
      reply.raw.once('close', () => {
        waiting.unsubscribe();
        resolve(undefined);
      });
    });
    const notification = await answered;
    if (reply.raw.destroyed)
      log.debug({ thing: thing.name, operation: operation.op }, 'a reader went before the answer');
    else if (!notification) throw new ThingError('notFound', `'${thing.name}' is no longer here`);
    else if (notification.value === undefined) sendNothing(reply);
    else sendJson(reply, notification.value);
  };
}

/** Never emits; errors when the server closes, or when the caller's credentials are no longer good. */
const failure = (closing: AbortSignal, ended: AbortSignal | undefined): Observable<never> =>
  new Observable((subscriber) => {
    const onClosing = (): void => subscriber.error(new ThingError('unavailable', 'The server is closing'));
    const onEnded = (): void => subscriber.error(new ThingError('forbidden', 'These credentials are no longer good'));
    if (closing.aborted) onClosing();
    if (ended?.aborted) onEnded();
    closing.addEventListener('abort', onClosing, { once: true });
    ended?.addEventListener('abort', onEnded, { once: true });
    return () => {
      closing.removeEventListener('abort', onClosing);
      ended?.removeEventListener('abort', onEnded);
    };
  });
