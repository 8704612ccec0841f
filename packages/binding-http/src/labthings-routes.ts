import { randomUUID } from 'node:crypto';
import { type InvocationStatus, ThingError } from '@thingwright/core';
import { INVOCATIONS_PATH, LABTHINGS_PATH, readLabThingsInput } from '@thingwright/web-thing-protocol/legacy';
import { actionNamed, affordanceOf, propertyNamed } from './affordance.js';
import { negotiate, sendJson, whenDone } from './answers.js';
import { type Call, parameterOf, type Respond, type Router, type ThingCall } from './call.js';
import type { DescriptionSources } from './description-routes.js';
import { withValidationErrors } from './labthings-error.js';
import { createInvocations, type LabThingsInvocations } from './labthings-invocations.js';
import { sendPrepared } from './prepared-answers.js';

/**
 * Adds the addresses that LabThings' clients ask for: lists by name of all Things that the caller may see, each Thing's TD and
 * affordances right below its own address with a slash, and invocations. Names that have an address there already
 * (`properties`, `actions`, `events`, `ws`) are no affordances here.
 */
export function addLabThingsRoutes(router: Router, { site, listener, descriptions }: DescriptionSources): void {
  const invocations = createInvocations(site, listener);

  router.add('/things/', {
    GET(call) {
      const origin = listener.originOf(call.request.raw);
      const entries = descriptions.visible(call).map(({ name }) => [name, `${origin}/things/${name}/`]);
      sendJson(call.reply.header('cache-control', 'private, no-cache'), Object.fromEntries(entries));
    },
  });

  router.add('/thing_descriptions/', {
    GET(call) {
      const parts = descriptions
        .visible(call)
        .flatMap((thing, i) => [
          Buffer.from(`${i === 0 ? '' : ','}${JSON.stringify(thing.name)}:`),
          descriptions.withGroups(thing, call).bytes,
        ]);
      const bytes = Buffer.concat([Buffer.from('{'), ...parts, Buffer.from('}')]);
      call.reply.header('content-type', 'application/json').header('cache-control', 'private, no-cache').send(bytes);
    },
  });

  router.addForThing('/', {
    GET(call) {
      const type = negotiate(call, ['application/json', 'application/td+json']);
      sendPrepared(call, descriptions.withGroups(call.thing, call), type);
    },
  });

  const inBody = (call: ThingCall) => ({ name: affordanceOf(call), value: call.request.body });
  router.addForThing('/:affordance', {
    GET: readOrList(invocations),
    PUT: withValidationErrors(write, inBody),
    POST: withValidationErrors(invoke(invocations), inBody),
  });

  const inPath = ({ request }: Call) => ({ name: 'id', value: parameterOf(request, 'id'), place: 'path' }) as const;
  router.add(INVOCATIONS_PATH, { GET: invocations.sendAll });
  router.add(`${INVOCATIONS_PATH}/:id`, {
    GET: withValidationErrors(invocations.sendOne, inPath),
    DELETE: withValidationErrors(invocations.cancel, inPath),
  });
  router.add(`${INVOCATIONS_PATH}/:id/output`, { GET: withValidationErrors(invocations.sendOutput, inPath) });
}

/** What stands at a name: a property, an action, or one of each. @throws ThingError `notFound` for neither. */
function kindsAt(call: ThingCall): { readonly isProperty: boolean; readonly isAction: boolean } {
  const { thing } = call;
  const name = affordanceOf(call);
  const isProperty = name !== LABTHINGS_PATH && propertyNamed(call, name) !== undefined;
  const isAction = name !== LABTHINGS_PATH && actionNamed(call, name) !== undefined;
  if (!isProperty && !isAction) {
    throw new ThingError('notFound', `There is no property or action named '${name}' in '${thing.model.title}'`);
  }
  return { isProperty, isAction };
}

/** The error for a method that the affordance at this address does not have. */
function notAllowed(call: ThingCall, others: readonly string[]): ThingError {
  const allow = [...others, 'OPTIONS'].join(', ');
  call.reply.header('allow', allow);
  return new ThingError('notAllowed', `${call.request.method} is not for '${affordanceOf(call)}', but ${allow}`);
}

const readOrList =
  ({ sendListOf }: LabThingsInvocations): Respond<ThingCall> =>
  (call) => {
    const { thing, caller, reply } = call;
    const name = affordanceOf(call);
    if (!kindsAt(call).isProperty) return sendListOf(call, thing, name);
    return whenDone(call, thing.request({ op: 'readproperty', name }, caller), ({ value }) => sendJson(reply, value));
  };

const write: Respond<ThingCall> = (call) => {
  const { thing, caller, request, reply } = call;
  const name = affordanceOf(call);
  const { isProperty, isAction } = kindsAt(call);
  if (!isProperty) throw notAllowed(call, ['GET', 'HEAD', 'POST']);
  if (request.body === undefined) throw missingBody(name);
  try {
    const written = thing.request({ op: 'writeproperty', name, value: request.body }, caller);
    return whenDone(call, written, () => sendJson(reply.code(201), null));
  } catch (error) {
    const isReadOnly = isInvalid(error) && propertyNamed(call, name)?.readOnly;
    throw isReadOnly ? notAllowed(call, ['GET', 'HEAD', ...(isAction ? ['POST'] : [])]) : error;
  }
};

const isInvalid = (error: unknown): boolean => error instanceof ThingError && error.code === 'invalid';

const missingBody = (name: string): ThingError =>
  new ThingError('invalid', `A value for '${name}' is missing`, { faults: [{ path: '', message: 'is missing' }] });

const invoke =
  ({ sendNew }: LabThingsInvocations): Respond<ThingCall> =>
  (call) => {
    const { thing, caller, request } = call;
    const name = affordanceOf(call);
    if (!kindsAt(call).isAction) throw notAllowed(call, ['GET', 'HEAD', 'PUT']);
    const declared = actionNamed(call, name)?.input !== undefined;
    const input = readLabThingsInput(request.body, declared);
    const timeRequested = new Date().toISOString();
    const asked = thing.request({ op: 'invokeaction', name, ...input }, caller);
    return whenDone(call, asked, ({ status, output }) => {
      const run = status ?? toEndedRun(name, { ...input, output, timeRequested });
      sendNew(call, { thing, status: run });
    });
  };

/** A synchronous action as an invocation: it has ended, and is kept nowhere. */
function toEndedRun(
  action: string,
  run: Pick<InvocationStatus, 'input' | 'output' | 'timeRequested'>,
): InvocationStatus {
  const timeEnded = new Date().toISOString();
  return { ...run, action, actionID: randomUUID(), state: 'completed', timeStarted: run.timeRequested, timeEnded };
}
