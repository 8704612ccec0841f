import { type Observable, throwError } from 'rxjs';
import { Change } from './change.js';
import type { Answer, Context } from './channel.js';
import { parseMicroseconds } from './clock.js';
import { eventNamed, type Interior, propertyNamed } from './interior.js';
import type { KeptChange, ThingMemory } from './memory.js';
import { isObservable } from './model.js';
import type { Notification } from './notification.js';
import type { ObserveOperation } from './operation.js';
import { ThingError } from './thing-error.js';

/**
 * Answers an observing operation: what it covers and, for a reader that wants the past, what it missed or what is kept. Later
 * where the past has to be asked of the memory.
 */
export function answerObservation(
  interior: Interior,
  operation: ObserveOperation,
  context: Context,
): Answer | Promise<Answer> {
  const names = coveredNames(interior, operation, context);
  const { op, lastNotificationID, allKept } = operation;
  if (lastNotificationID === undefined && !allKept) return { names };
  const kind = op === 'observeproperty' || op === 'observeallproperties' ? 'property' : 'event';
  const covered = new Set(names);
  const covers = (change: Notification): boolean =>
    change.kind === kind && covered.has(change.name) && admits(interior, change, context);
  const { journal, ids, memory } = interior;
  if (lastNotificationID === undefined) {
    return memory && kind === 'event'
      ? pastEvents(interior, memory, { names, covers })
      : { names, missed: journal.kept(covers) };
  }
  const micros = ids.momentOf(lastNotificationID) ?? parseMicroseconds(lastNotificationID);
  const missed = micros === undefined ? undefined : journal.since(micros, covers);
  if (missed) return { names, resume: 'complete', missed };
  if (!memory || micros === undefined) return gap(names);
  return recall(interior, memory, { names, micros, covers });
}

/** Occurrences that are listed at most. */
const MOST_LISTED = 1000;

async function pastEvents(
  interior: Interior,
  memory: ThingMemory,
  { names, covers }: Pick<Recollection, 'names' | 'covers'>,
): Promise<Answer> {
  const kept = await memory.events(names, MOST_LISTED);
  return { names, missed: kept.map(changeIn(interior)).filter(covers) };
}

const changeIn =
  ({ id, ids }: Interior) =>
  ({ kind, name, value, invoker, micros }: KeptChange): Change =>
    new Change({ thing: id, kind, name, ...(invoker === undefined ? {} : { invoker }) }, { value, micros }, ids);

const gap = (names: readonly string[]): Answer => ({ names, resume: 'gap', missed: [] });

/** What has to be asked of the memory. */
interface Recollection {
  readonly names: readonly string[];
  /** The moment of the last change that the reader had. */
  readonly micros: number;
  readonly covers: (change: Change) => boolean;
}

/**
 * What a reader missed, as far as the memory has it, and what has come since. The latter is only looked up when `missed` is read,
 * so that nothing can happen in between for a reader who reads it in the tick in which it observes.
 */
async function recall(
  interior: Interior,
  memory: ThingMemory,
  { names, micros, covers }: Recollection,
): Promise<Answer> {
  const { journal } = interior;
  const asked = interior.hold();
  const kept = await memory.since(micros, asked + 1);
  if (!kept || journal.hasForgotten(asked)) return gap(names);
  const older = kept.map(changeIn(interior)).filter(covers);
  return {
    names,
    resume: 'complete',
    get missed() {
      return [...older, ...journal.after(asked, covers)];
    },
  };
}

/** The stream of an observing operation; errors with a ThingError if there cannot be one. */
export function observe(interior: Interior, operation: ObserveOperation, context: Context): Observable<Notification> {
  try {
    coveredNames(interior, operation, context);
    return stream(interior, operation);
  } catch (error) {
    return throwError(() => error);
  }
}

function stream(interior: Interior, operation: ObserveOperation): Observable<Notification> {
  switch (operation.op) {
    case 'observeproperty':
      return propertyNamed(interior, operation.name).changes;
    case 'subscribeevent':
      return eventNamed(interior, operation.name).occurrences;
    case 'observeallproperties':
      return interior.allProperties.notifications;
    case 'subscribeallevents':
      return interior.allEvents.notifications;
  }
}

/** Tells whether a reader may have a notification: all but those about an invocation that it may not query. */
export function admits({ permission }: Interior, { invoker, value }: Notification, context: Context): boolean {
  if (invoker === undefined) return true;
  const affordance = actionOf(value);
  if (affordance === undefined) return false;
  return permission.allowsInvocation('queryaction', context, { affordance, invoker });
}

/** The `action` member of the data of an `actionStatus` event. */
function actionOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('action' in data)) return undefined;
  return typeof data.action === 'string' ? data.action : undefined;
}

/** The affordances that an observing operation covers; throws if it may not be. */
function coveredNames(interior: Interior, operation: ObserveOperation, context: Context): readonly string[] {
  const { permission } = interior;
  const { op } = operation;
  switch (op) {
    case 'observeproperty': {
      const property = propertyNamed(interior, operation.name);
      permission.demand(op, context, operation.name);
      if (!isObservable(property.declaration)) {
        throw new ThingError('invalid', `${property.who} cannot be observed`);
      }
      return [operation.name];
    }
    case 'subscribeevent':
      eventNamed(interior, operation.name);
      permission.demand(op, context, operation.name);
      return [operation.name];
    case 'observeallproperties':
      permission.demand(op, context);
      return [...interior.properties.values()]
        .filter(
          ({ declaration, name }) => isObservable(declaration) && permission.allows('observeproperty', context, name),
        )
        .map(({ name }) => name);
    case 'subscribeallevents':
      permission.demand(op, context);
      return [...interior.events.keys()].filter((name) => permission.allows('subscribeevent', context, name));
  }
}
