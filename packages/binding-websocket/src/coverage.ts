import { ACTION_STATUS, type Context, type ObserveOperation, type Thing, ThingError } from '@thingwright/core';

/**
 * The affordances that an observation covers; they may be followed in the same tick without a gap. @throws ThingError if it may
 * not be.
 */
export function namesCovered(thing: Thing, operation: ObserveOperation, context: Context): readonly string[] {
  const answer = thing.request(operation, context);
  // A Thing of a Site answers these at once.
  return answer instanceof Promise ? [] : (answer.names ?? []);
}

/** The actions of a Thing whose runs have states to tell of. */
export const actionsWithStates = ({ model }: Thing): readonly string[] =>
  Object.entries(model.actions ?? {}).flatMap(([name, { synchronous }]) => (synchronous ? [] : name));

/**
 * Checks that the states of an action's runs may be followed. Gives none for an action that answers at its end: it has no
 * states to tell of. @throws ThingError `notFound`, `forbidden`.
 */
export function actionCovered(thing: Thing, name: string, context: Context): readonly string[] {
  const declared = thing.model.actions ?? {};
  if (!Object.hasOwn(declared, name)) {
    throw new ThingError('notFound', `There is no action named '${name}' in '${thing.model.title}'`);
  }
  if (declared[name]?.synchronous) return [];
  namesCovered(thing, { op: 'subscribeevent', name: ACTION_STATUS }, context);
  return [name];
}
