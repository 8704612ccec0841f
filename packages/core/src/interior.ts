import { v4 as uuid } from 'uuid';
import type { Audit } from './account.js';
import { Action } from './action.js';
import { ACTION_STATUS } from './action-status.js';
import { Clock, type Now } from './clock.js';
import type { Handlers } from './expose.js';
import type { Invocation } from './invocation.js';
import { Journal, type JournalLimits } from './journal.js';
import type { Log } from './log.js';
import type { Memory, ThingMemory } from './memory.js';
import { NotificationIDs } from './notification-ids.js';
import type { NotificationStream } from './notification-stream.js';
import type { OperationMeter } from './operation-meter.js';
import { Permission } from './permission.js';
import type { PreparedModel } from './prepared-model.js';
import type { Policy, PolicyQuestion } from './principal.js';
import { Property } from './property.js';
import { Recorder } from './recorder.js';
import { ThingError } from './thing-error.js';
import { ThingEvent } from './thing-event.js';
import type { Trace } from './trace.js';

/** What a Thing is opened with. */
export interface ThingOptions {
  /** A URI, unique for ever: `urn:uuid:` and a UUID. */
  readonly id: string;
  /** Local name, URL-safe, unique now. */
  readonly name: string;
  readonly policy: Policy;
  readonly log: Log;
  readonly journal?: JournalLimits;
  /** Absent: nothing outlives the process. */
  readonly memory?: Memory;
  /** Absent: nobody is told who changes what. */
  readonly audit?: Audit;
  /** Absent: nobody counts. */
  readonly operations?: OperationMeter;
  /** Absent: nobody traces. */
  readonly trace?: Trace;
  /** Checks what handlers give as well; for tests and development. */
  readonly checkOutputs?: boolean;
  readonly now?: Now;
  readonly newID?: () => string;
}

/** The inside of an open Thing: what its operations work on. */
export interface Interior {
  readonly id: string;
  /** How the Thing is called in messages; it may be given another title. */
  readonly title: string;
  readonly properties: ReadonlyMap<string, Property>;
  readonly actions: ReadonlyMap<string, Action>;
  readonly events: ReadonlyMap<string, ThingEvent>;
  /** The changes of all properties. */
  readonly allProperties: NotificationStream;
  /** The occurrences of all events. */
  readonly allEvents: NotificationStream;
  readonly journal: Journal;
  readonly ids: NotificationIDs;
  /** Microseconds since 1970 of the last change. */
  lastChange(): number;
  /** Has the journal keep what comes after the last change; gives that one's moment. */
  hold(): number;
  /** What of it outlives the process. */
  readonly memory: ThingMemory | undefined;
  /** What to wait for until all that was taken is kept; undefined if it is. */
  kept(): Promise<void> | undefined;
  readonly permission: Permission;
}

/** Where an Interior is: its Thing, whose Model may be given another title, and what fires when that closes. */
export interface Surroundings {
  readonly thing: PolicyQuestion['thing'];
  readonly thingOptions: ThingOptions;
  readonly closed: AbortSignal;
}

/** Builds the inside of a Thing; nothing runs yet. */
export function createInterior(
  prepared: PreparedModel,
  handlers: Handlers,
  { thing, thingOptions, closed }: Surroundings,
): Interior {
  const { id, log, policy, now = Date.now, newID = uuid, checkOutputs = false } = thingOptions;
  const properties = new Map<string, Property>();
  const actions = new Map<string, Action>();
  const events = new Map<string, ThingEvent>();
  const memory = thingOptions.memory?.of(id);
  const ids = new NotificationIDs(id);
  const journal = new Journal(thingOptions.journal ?? {}, ids, { now, memory });
  const clock = new Clock(now, memory?.last);
  const recording = { clock, ids, journal, memory, checkOutputs };
  const ofProperties = new Recorder(recording);
  const ofEvents = new Recorder(recording);
  const host = {
    id,
    checkOutputs,
    warn: (details: object, message: string) => log.warn({ thing: thing.name, ...details }, message),
  };
  const propertyHost = {
    ...host,
    get title() {
      return thing.model.title;
    },
    recorder: ofProperties,
  };
  const eventHost = { ...host, recorder: ofEvents };
  const kept = (): Promise<void> | undefined => thingOptions.memory?.kept();
  const keeping = memory && {
    keep: (invocation: Invocation) => memory.keep(invocation),
    kept,
    forget: (actionID: string) => memory.forget(actionID),
  };
  const actionHost = {
    ...host,
    ...keeping,
    get title() {
      return thing.model.title;
    },
    now,
    newID,
    report: ({ action, id: actionID, state, invoker }: Invocation, more: object = {}) =>
      events.get(ACTION_STATUS)?.emit({ action, actionID, state, ...more }, invoker.id),
  };

  for (const [name, part] of prepared.properties) {
    const implementation = handlers.properties.get(name) ?? {};
    const value = memory?.values.get(name);
    properties.set(name, new Property(name, { prepared: part, implementation, kept: value }, propertyHost));
  }
  for (const [name, part] of prepared.actions) {
    const implementation = handlers.actions.get(name) ?? { run: () => undefined };
    actions.set(name, new Action(name, { prepared: part, implementation, closed }, actionHost));
  }
  for (const [name, part] of prepared.events) {
    events.set(name, new ThingEvent(name, { prepared: part, source: handlers.events.get(name) }, eventHost));
  }
  const permission = new Permission(thing, policy);
  const streams = { allProperties: ofProperties.all, allEvents: ofEvents.all };
  return {
    id,
    get title() {
      return thing.model.title;
    },
    properties,
    actions,
    events,
    ...streams,
    journal,
    ids,
    lastChange: () => clock.last,
    hold() {
      journal.hold(clock.last);
      return clock.last;
    },
    memory,
    kept,
    permission,
  };
}

/** The error that an unknown name gives: `notFound`. */
export function missing({ title }: Interior, kind: 'property' | 'action' | 'event', name: string): ThingError {
  return new ThingError('notFound', `There is no ${kind} named '${name}' in '${title}'`);
}

/** The property with that name. @throws ThingError `notFound`. */
export function propertyNamed(interior: Interior, name: string): Property {
  const property = interior.properties.get(name);
  if (!property) throw missing(interior, 'property', name);
  return property;
}

/** The action with that name. @throws ThingError `notFound`. */
export function actionNamed(interior: Interior, name: string): Action {
  const action = interior.actions.get(name);
  if (!action) throw missing(interior, 'action', name);
  return action;
}

/** The event with that name. @throws ThingError `notFound`. */
export function eventNamed(interior: Interior, name: string): ThingEvent {
  const event = interior.events.get(name);
  if (!event) throw missing(interior, 'event', name);
  return event;
}
