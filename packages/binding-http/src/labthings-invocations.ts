import { type InvocationStatus, type Site, type Thing, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import { type InvocationPlace, toInvocation, toInvocationSummary } from '@thingwright/web-thing-protocol/legacy';
import { sendJson, whenDone } from './answers.js';
import { type Call, parameterOf, type Respond } from './call.js';
import { createInvocationKeepers } from './invocation-keepers.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An invocation and the Thing that keeps it. */
interface Found {
  readonly thing: Thing;
  readonly status: InvocationStatus;
}

/**
 * LabThings' invocations: those of all Things together, as far as the caller may query them. One that was cancelled stays as
 * long as others.
 */
export interface LabThingsInvocations {
  /** Answers with all, oldest first. */
  readonly sendAll: Respond;
  /** Answers with the one that the path names in `id`. */
  readonly sendOne: Respond;
  /** Answers with what came of that one. */
  readonly sendOutput: Respond;
  /** Cancels that one. */
  readonly cancel: Respond;
  /** Answers with those of one action, oldest first. */
  sendListOf(call: Call, thing: Thing, action: string): void | Promise<void>;
  /** Answers that this one has begun. */
  sendNew(call: Call, found: Found): void;
}

/** Makes the answers about invocations. */
export function createInvocations(site: Site, listener: Listener): LabThingsInvocations {
  const keepers = createInvocationKeepers(site.things);

  /** The Thing that keeps an invocation. @throws ThingError `notFound` if none does that the caller may see. */
  const keeperOf = ({ caller: { principal } }: Call, actionID: string): Thing => {
    const thing = keepers.of(actionID);
    if (!thing || !site.isVisible(thing, principal)) throw unknown(actionID);
    return thing;
  };

  const placeOf = ({ request }: Call, { name }: Thing): InvocationPlace => ({
    thing: name,
    base: listener.originOf(request.raw),
  });

  const write = (call: Call, { thing, status }: Found): object => toInvocation(status, placeOf(call, thing), false);

  const sendList = (call: Call, found: readonly Found[]): void => {
    const sorted = found.toSorted((a, b) => compare(a.status.timeRequested, b.status.timeRequested));
    const entries = sorted.map(({ thing, status }) => toInvocationSummary(status, placeOf(call, thing)));
    sendFresh(call, entries);
  };

  const find = async (call: Call): Promise<Found> => {
    const actionID = idOf(call);
    const thing = keeperOf(call, actionID);
    try {
      const { status } = await thing.request({ op: 'queryaction', actionID, evenCancelled: true }, call.caller);
      if (status) return { thing, status };
    } catch (error) {
      // Whoever may not know of it is told what those are told who ask for one that is not there.
      if (!(error instanceof ThingError && error.code === 'notFound')) throw error;
    }
    throw unknown(actionID);
  };

  const cancel = async (call: Call): Promise<void> => {
    const actionID = idOf(call);
    const thing = keeperOf(call, actionID);
    try {
      await thing.request({ op: 'cancelaction', actionID }, call.caller);
    } catch (error) {
      const { status } = await find(call);
      if (status.timeEnded === undefined) throw refusalOf(error);
      throw new ThingError('unavailable', `Invocation '${actionID}' has already ended`, { cause: error });
    }
  };

  const findAll = async (call: Call): Promise<readonly Found[]> => {
    const found: Found[] = [];
    for (const thing of [...site.things.values()]) {
      if (site.isVisible(thing, call.caller.principal)) found.push(...(await runsOf(thing, call)));
    }
    return found;
  };

  return {
    sendAll: (call) => whenDone(call, findAll(call), (found) => sendList(call, found)),
    sendOne: (call) => whenDone(call, find(call), (found) => sendFresh(call, write(call, found))),
    sendOutput: (call) => whenDone(call, find(call), (found) => sendFresh(call, outputOf(found))),
    cancel: (call) => whenDone(call, cancel(call), () => sendJson(call.reply, null)),
    sendListOf(call, thing, action) {
      const asked = thing.request({ op: 'queryallactions', evenCancelled: true }, call.caller);
      return whenDone(call, asked, ({ statuses = {} }) => {
        const runs = Object.hasOwn(statuses, action) ? statuses[action] : undefined;
        sendList(call, oldestFirst(thing, runs ?? []));
      });
    },
    sendNew: (call, found) => sendJson(call.reply.code(201), write(call, found)),
  };
}

/** Answers with what is true now only. */
const sendFresh = ({ reply }: Call, value: unknown): void => sendJson(reply.header('cache-control', 'no-store'), value);

/** The id that a call is for. @throws ThingError `invalid`, with its fault, for one that is no UUID. */
function idOf({ request }: Call): string {
  const id = parameterOf(request, 'id').toLowerCase();
  if (UUID.test(id)) return id;
  throw new ThingError('invalid', `'${id}' is no UUID`, { faults: [{ path: '', message: 'must be a UUID' }] });
}

const unknown = (id: string): ThingError => new ThingError('notFound', `There is no invocation '${id}'`);

/** An action that can never be cancelled refuses as one does that cannot be cancelled now. */
const refusalOf = (error: unknown): unknown =>
  error instanceof ThingError && error.code === 'invalid'
    ? new ThingError('conflict', error.detail, { cause: error })
    : error;

/** What came of an invocation; null if nothing had to. @throws ThingError `unavailable` for one that has not completed. */
function outputOf({ status: { state, actionID, output = null } }: Found): unknown {
  if (state === 'completed') return output;
  throw new ThingError('unavailable', `Invocation '${actionID}' has no output: it is ${state}`);
}

/** The invocations of a Thing that the caller may query; none for one who may not ask for them, or if the Thing is gone. */
async function runsOf(thing: Thing, { caller }: Call): Promise<readonly Found[]> {
  if (!thing.model.actions) return [];
  try {
    const { statuses = {} } = await thing.request({ op: 'queryallactions', evenCancelled: true }, caller);
    return Object.values(statuses).flatMap((runs) => oldestFirst(thing, runs));
  } catch (error) {
    if (error instanceof ThingError && (error.code === 'forbidden' || error.code === 'notFound')) return [];
    throw error;
  }
}

const oldestFirst = (thing: Thing, newestFirst: readonly InvocationStatus[]): readonly Found[] =>
  newestFirst.toReversed().map((status) => ({ thing, status }));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
