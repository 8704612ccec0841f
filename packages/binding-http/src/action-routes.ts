import { type Answer, isMembers, ThingError } from '@thingwright/core';
import {
  type ActionBody,
  named,
  OUTPUT,
  readActionBody,
  readActionsBody,
  toWebThingsStatus,
  toWebThingsWord,
} from '@thingwright/web-thing-protocol/legacy';
import { toActionStatus } from './action-status.js';
import { actionNamed, affordanceOf, variablesOf } from './affordance.js';
import { sendJson, sendNothing, whenDone } from './answers.js';
import { parameterOf, type Respond, type Router, type ThingCall } from './call.js';

/**
 * Adds the addresses of the actions of every Thing (HTTP Basic Profile). Outside strict mode also those that only WebThings'
 * clients know, and its old shape of an input, `{"name": {"input": …}}`, is answered in kind.
 */
export function addActionRoutes(router: Router, strict: boolean): void {
  router.addForThing('/actions', { GET: queryAll, ...(strict ? {} : { POST: invokeNamed }) });
  router.addForThing('/actions/:affordance', strict ? { POST: invokeBare } : { GET: list, POST: invokeEither });
  router.addForThing('/actions/:affordance/:id', { GET: query, DELETE: cancel });
}

const bareBody = (body: unknown): ActionBody =>
  body === undefined ? { shape: 'bare' } : { shape: 'bare', input: body };

const invokeBare: Respond<ThingCall> = (call) => invoke(call, affordanceOf(call), bareBody(call.request.body));

const invokeEither: Respond<ThingCall> = (call) => {
  const { thing, request } = call;
  const name = affordanceOf(call);
  if (!isMembers(request.body)) return invokeBare(call);
  const declared = actionNamed(call, name)?.input !== undefined;
  const fits = (input: unknown): boolean =>
    declared ? thing.fits({ op: 'invokeaction', name, input }) : isEmpty(input);
  return invoke(call, name, readActionBody(name, request.body, fits));
};

const invokeNamed: Respond<ThingCall> = (call) => {
  const { name, ...input } = readActionsBody(call.request.body);
  return invoke(call, name, { shape: 'named', ...input });
};

/** What clients send as the input of an action that takes none. */
const isEmpty = (input: unknown): boolean =>
  input === undefined || input === null || (isMembers(input) && Object.keys(input).length === 0);

function invoke(call: ThingCall, name: string, { shape, ...input }: ActionBody): void | Promise<void> {
  const { thing, caller, reply } = call;
  const answer = thing.request(
    { op: 'invokeaction', name, ...input, ...variablesOf(call, actionNamed(call, name)) },
    caller,
  );
  return whenDone(call, answer, (invoked) => {
    if (invoked.status) {
      const bare = toActionStatus(thing, invoked.status);
      reply.code(201).header('location', bare.href);
      const old = { thing: thing.name, strict: false };
      sendJson(reply, shape === 'bare' ? bare : named(name, toWebThingsStatus(invoked.status, old)));
    } else if (shape === 'named') {
      sendJson(reply, named(name, toEndedStatus(invoked)));
    } else if (invoked.output === undefined) {
      sendNothing(reply);
    } else {
      sendJson(reply, invoked.output);
    }
  });
}

/** The old shape of a synchronous action's answer: over, and with no address, for it is kept nowhere. */
function toEndedStatus({ output }: Answer): object {
  const time = new Date().toISOString();
  return {
    status: toWebThingsWord('completed'),
    timeRequested: time,
    timeCompleted: time,
    ...(output === undefined ? {} : { [OUTPUT]: output }),
  };
}

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
    const all = Object.entries(statuses).map(([name, runs]) => [name, runs.map((run) => toActionStatus(thing, run))]);
    sendJson(reply.header('cache-control', 'no-store'), Object.fromEntries(all));
  });
};

/** WebThings' list of the invocations of one action, newest first. */
const list: Respond<ThingCall> = (call) => {
  const { thing, caller, reply } = call;
  const name = affordanceOf(call);
  return whenDone(call, thing.request({ op: 'queryallactions' }, caller), ({ statuses = {} }) => {
    const runs = Object.hasOwn(statuses, name) ? statuses[name] : undefined;
    if (!runs) throw new ThingError('notFound', `There is no action named '${name}' in '${thing.model.title}'`);
    const place = { thing: thing.name, strict: false };
    const entries = runs.map((run) => named(name, toWebThingsStatus(run, place)));
    sendJson(reply.header('cache-control', 'no-store'), entries);
  });
};
