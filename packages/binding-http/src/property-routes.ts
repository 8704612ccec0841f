import { isMembers, ThingError } from '@thingwright/core';
import { named, type PropertyBody, readPropertyBody } from '@thingwright/web-thing-protocol/legacy';
import { affordanceOf, propertyNamed, variablesOf } from './affordance.js';
import { jsonOrStream, sendJson, sendNothing, whenDone } from './answers.js';
import type { Respond, Router, ThingCall } from './call.js';
import type { OpenStream } from './streams.js';

/**
 * Adds the addresses of the properties of every Thing (HTTP Basic and SSE profiles). Outside strict mode a value may come in
 * WebThings' old shape, `{"name": value}`, and is answered in kind.
 */
export function addPropertyRoutes(router: Router, openStream: OpenStream, strict: boolean): void {
  router.addForThing('/properties', {
    GET: jsonOrStream(readAll, (call) => openStream(call, { op: 'observeallproperties' })),
    PUT: writeMany,
  });
  router.addForThing('/properties/:affordance', {
    GET: jsonOrStream(read, (call) => openStream(call, { op: 'observeproperty', name: affordanceOf(call) })),
    PUT: writeIn(strict ? toBareBody : toPropertyBody),
  });
}

const read: Respond<ThingCall> = (call) => {
  const { thing, caller, reply } = call;
  const name = affordanceOf(call);
  const answer = thing.request({ op: 'readproperty', name, ...variablesOf(call, propertyNamed(call, name)) }, caller);
  return whenDone(call, answer, ({ value, time }) => {
    if (time !== undefined) reply.header('value-time', time);
    sendJson(reply, value);
  });
};

type ReadBody = (call: ThingCall, name: string) => PropertyBody;

const toBareBody: ReadBody = ({ request }) => ({ shape: 'bare', value: request.body });

const toPropertyBody: ReadBody = (call, name) => {
  const { thing, request } = call;
  if (!isMembers(request.body)) return toBareBody(call, name);
  return readPropertyBody(name, request.body, (value) => thing.fits({ op: 'writeproperty', name, value }));
};

const writeIn =
  (readBody: ReadBody): Respond<ThingCall> =>
  (call) => {
    const { thing, caller, request, reply } = call;
    const name = affordanceOf(call);
    if (request.body === undefined) throw new ThingError('invalid', `A value for '${name}' is missing`);
    const { shape, value } = readBody(call, name);
    const variables = variablesOf(call, propertyNamed(call, name));
    const answer = thing.request({ op: 'writeproperty', name, value, ...variables }, caller);
    return whenDone(call, answer, ({ value: written = value }) => {
      if (shape === 'named') sendJson(reply, named(name, written));
      else sendNothing(reply);
    });
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
