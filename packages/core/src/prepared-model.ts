import type { TSchema } from 'typebox';
import { ACTION_STATUS, allEvents } from './action-status.js';
import type { Check, CompileCheck } from './check.js';
import type { ActionDeclaration, EventDeclaration, Model, PropertyDeclaration } from './model.js';

/** Checks of the URI variables of an affordance, by name. */
export type VariableChecks = ReadonlyMap<string, Check>;

/** A property with its schema made ready. */
export interface PreparedProperty {
  readonly declaration: PropertyDeclaration;
  readonly check: Check;
  readonly variables: VariableChecks;
}

/** An action with its schemas made ready. */
export interface PreparedAction {
  readonly declaration: ActionDeclaration;
  readonly input: Check | undefined;
  readonly output: Check | undefined;
  readonly progress: Check | undefined;
  readonly variables: VariableChecks;
}

/** An event with its schema made ready. */
export interface PreparedEvent {
  readonly declaration: EventDeclaration;
  readonly data: Check | undefined;
}

/** A Model whose schemas are compiled; made once, shared by all Things of that Model. */
export interface PreparedModel {
  readonly model: Model;
  readonly properties: ReadonlyMap<string, PreparedProperty>;
  readonly actions: ReadonlyMap<string, PreparedAction>;
  /** With `actionStatus` where the Model has asynchronous actions. */
  readonly events: ReadonlyMap<string, PreparedEvent>;
}

/** Makes a function that prepares Models, each one once. */
export function createPreparation(compile: CompileCheck): (model: Model) => PreparedModel {
  const known = new WeakMap<Model, PreparedModel>();
  /** By the actions: Models that differ in their titles alone have them in common. */
  const statuses = new WeakMap<object, Check | undefined>();
  return (model) => {
    let prepared = known.get(model);
    if (!prepared) {
      const { actions } = model;
      prepared = prepare(model, compile, actions && statuses.get(actions));
      if (actions) statuses.set(actions, prepared.events.get(ACTION_STATUS)?.data);
      known.set(model, prepared);
    }
    return prepared;
  };
}

/** `status` checks the data of `actionStatus`, if it is compiled already. */
function prepare(model: Model, compile: CompileCheck, status: Check | undefined): PreparedModel {
  const one = (schema: TSchema | undefined): Check | undefined => schema && compile(schema);
  const variables = (schemas: Readonly<Record<string, TSchema>> = {}): VariableChecks =>
    new Map(Object.entries(schemas).map(([name, schema]) => [name, compile(schema)]));

  const properties = new Map<string, PreparedProperty>();
  for (const [name, declaration] of Object.entries(model.properties ?? {})) {
    properties.set(name, {
      declaration,
      check: compile(declaration.schema),
      variables: variables(declaration.uriVariables),
    });
  }
  const actions = new Map<string, PreparedAction>();
  for (const [name, declaration] of Object.entries(model.actions ?? {})) {
    actions.set(name, {
      declaration,
      input: one(declaration.input),
      output: one(declaration.output),
      progress: one(declaration.progress),
      variables: variables(declaration.uriVariables),
    });
  }
  const events = new Map<string, PreparedEvent>();
  for (const [name, declaration] of Object.entries(allEvents(model))) {
    const known = name === ACTION_STATUS ? status : undefined;
    events.set(name, { declaration, data: known ?? one(declaration.data) });
  }
  return { model, properties, actions, events };
}
