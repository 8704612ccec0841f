import { ThingError } from '@thingwright/core';
import { toActionStatus } from './action-status.js';
import { jsonOrStream, negotiate, sendJson, sendNothing, whenDone } from './answers.js';
import { parameterOf, type Respond, type Router, type ThingCall } from './call.js';
import type { OpenStream } from './streams.js';
import { parseUriVariables } from './uri-variables.js';

/** Adds the addresses of properties, actions and events of every Thing (HTTP Basic and SSE profiles). */
export function addThingRoutes(router: Router, openStream: OpenStream): void {
  router.addForThing('/properties', {
    GET: jsonOrStream(readAll, (call) => openStream(call, { op: 'observeallproperties' })),
    PUT: writeMany,
  });
  router.addForThing('/properties/:affordance', {
    GET: jsonOrStream(read, (call) => openStream(call, { op: 'observeproperty', name: affordanceOf(call) })),
    PUT: write,
  });
  router.addForThing('/actions', { GET: queryAll });
  router.addForThing('/actions/:affordance', { POST: invoke });
  router.addForThing('/actions/:affordance/:id', { GET: query, DELETE: cancel });
  router.addForThing('/events', {
    GET: onlyStream((call) => openStream(call, { op: 'subscribeallevents' })),
  });
  router.addForThing('/events/:affordance', {
    GET: onlyStream((call) => openStream(call, { op: 'subscribeevent', name: affordanceOf(call) })),
  });
}

/** Adds the addresses where the next change of a property, or the next event, is waited for. */
export function addPollingRoutes(router: Router, poll: OpenStream): void {
  router.addForThing('/properties/:affordance/next', {
    GET: (call) => poll(call, { op: 'observeproperty', name: affordanceOf(call) }),
  });
  router.addForThing('/events/:affordance/next', {
    GET: (call) => poll(call, { op: 'subscribeevent', name: affordanceOf(call) }),
  });
}

const affordanceOf = (call: ThingCall): string => parameterOf(call.request, 'affordance');

/** The query's URI variables as a member of an operation. */
function variablesOf({ thing, request }: ThingCall, kind: 'properties' | 'actions', name: string): object {
  const group = thing.model[kind];
  const declared = group && Object.hasOwn(group, name) ? group[name] : undefined;
  const uriVariables = parseUriVariables(declared, request.query);
  return uriVariables ? { uriVariables } : {};
}

const read: Respond<ThingCall> = (call) => {
  const { thing, caller, reply } = call;
  const name = affordanceOf(call);
  const answer = thing.request({ op: 'readproperty', name, ...variablesOf(call, 'properties', name) }, caller);
  return whenDone(call, answer, ({ value, time }) => {
    if (time !== undefined) reply.header('value-time', time);
    sendJson(reply, value);
  });
};

const write: Respond<ThingCall> = (call) => {
  const { thing, caller, request, reply } = call;
  const name = affordanceOf(call);
  if (request.body === undefined) throw new ThingError('invalid', `A value for '${name}' is missing`);
  const variables = variablesOf(call, 'properties', name);
  const answer = thing.request({ op: 'writeproperty', name, value: request.body, ...variables }, caller);
  return whenDone(call, answer, () => sendNothing(reply));
};

const readAll: Respond<ThingCall> = (call) => {
  const answer = call.thing.request({ op: 'readallproperties' }, call.caller);
  return whenDone(call, answer, ({ values }) => sendJson(call.reply, values ?? {}));
};

const writeMany: Respond<ThingCall> = (call) => {
  const { thing, caller, reply } = call;
  const { body } = call.request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ThingError('invalid', 'The body has to be an object of values by property name');
  }
  const values = Object.fromEntries(Object.entries(body));
  return whenDone(call, thing.request({ op: 'writemultipleproperties', values }, caller), () => sendNothing(reply));
};

const invoke: Respond<ThingCall> = (call) => {
  const { thing, caller, request, reply } = call;
  const name = affordanceOf(call);
  const input = request.body === undefined ? {} : { input: request.body };
  const answer = thing.request({ op: 'invokeaction', name, ...input, ...variablesOf(call, 'actions', name) }, caller);
  return whenDone(call, answer, ({ status, output }) => {
    if (status) {
      const body = toActionStatus(thing, status);
      sendJson(reply.code(201).header('location', body.href), body);
    } else if (output === undefined) {
      sendNothing(reply);
    } else {
      sendJson(reply, output);
    }
  });
};

const query: Respond<ThingCall> = (call) => {
  const { thing, caller, reply } = call;
  const actionID = parameterOf(call.request, 'id');
  return whenDone(
    call,
    thing.request({ op: 'queryaction', actionID, name: affordanceOf(call) }, caller),
    ({ status }) => {
      if (!status) throw new ThingError('notFound', `There is no invocation '${actionID}'`);
      sendJson(reply.header('cache-control', 'no-store'), toActionStatus(thing, status));
    },
  );
};

const cancel: Respond<ThingCall> = (call) => {
  const { thing, caller, reply } = call;
  const actionID = parameterOf(call.request, 'id');
  const answer = thing.request({ op: 'cancelaction', actionID, name: affordanceOf(call) }, caller);
  return whenDone(call, answer, () => sendNothing(reply));
};

const queryAll: Respond<ThingCall> = (call) => {
  const { thing, caller, reply } = call;
  return whenDone(call, thing.request({ op: 'queryallactions' }, caller), ({ statuses = {} }) => {
    const all = Object.entries(statuses).map(([name, list]) => [
      name,
      list.map((status) => toActionStatus(thing, status)),
    ]);
    sendJson(reply.header('cache-control', 'no-store'), Object.fromEntries(all));
  });
};

const onlyStream =
  (stream: Respond<ThingCall>): Respond<ThingCall> =>
  (call) => {
    negotiate(call, ['text/event-stream']);
    return stream(call);
  };
