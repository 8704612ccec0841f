import type { ObserveOperation } from '@thingwright/core';
import { toEventRecord } from '@thingwright/web-thing-protocol/legacy';
import { affordanceOf } from './affordance.js';
import { negotiate, sendJson, whenDone } from './answers.js';
import type { Respond, Router, ThingCall } from './call.js';
import type { OpenStream } from './streams.js';

/**
 * Adds the addresses of the events of every Thing (HTTP SSE Profile). Outside strict mode those who want JSON get, as in
 * WebThings, the list of past events that are kept, oldest first.
 */
export function addEventRoutes(router: Router, openStream: OpenStream, strict: boolean): void {
  const offer = strict ? onlyStream : streamOrList;
  router.addForThing('/events', { GET: offer(openStream, () => ({ op: 'subscribeallevents' })) });
  router.addForThing('/events/:affordance', {
    GET: offer(openStream, (call) => ({ op: 'subscribeevent', name: affordanceOf(call) })),
  });
}

type OperationOf = (call: ThingCall) => ObserveOperation;
type Offer = (openStream: OpenStream, operationOf: OperationOf) => Respond<ThingCall>;

const onlyStream: Offer = (openStream, operationOf) => (call) => {
  negotiate(call, ['text/event-stream']);
  return openStream(call, operationOf(call));
};

const streamOrList: Offer = (openStream, operationOf) => (call) => {
  const type = negotiate(call, ['text/event-stream', 'application/json']);
  return type === 'application/json' ? list(call, operationOf(call)) : openStream(call, operationOf(call));
};

function list(call: ThingCall, operation: ObserveOperation): void | Promise<void> {
  const { thing, caller, reply } = call;
  return whenDone(call, thing.request({ ...operation, allKept: true }, caller), ({ missed = [] }) => {
    sendJson(reply.header('cache-control', 'no-store'), missed.map(toEventRecord));
  });
}
