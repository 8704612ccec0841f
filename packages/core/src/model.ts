import type { Static, TSchema } from 'typebox';
import { ACTION_STATUS, hasAsynchronousActions } from './action-status.js';
import { toDataSchema } from './data-schema.js';

/** What every affordance may say of itself (TD 1.1, section 5.3.1.3). */
export interface Affordance {
  readonly title?: string;
  readonly titles?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly descriptions?: Readonly<Record<string, string>>;
  readonly '@type'?: string | readonly string[];
  /** Schemas of scalar values by name, for the query of its HTTP forms. */
  readonly uriVariables?: Readonly<Record<string, TSchema>>;
}

/** A state of the Thing. Readable and writable unless said otherwise, observable unless it is write-only. */
export interface PropertyDeclaration extends Affordance {
  /** TypeBox schema of the value; its `unit`, limits and enum go into the Thing Description as they are. */
  readonly schema: TSchema;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
  readonly observable?: boolean;
  /** Members of an object value that do not count as a change of it, for example `timestamp`. */
  readonly ignoreChangesOf?: readonly string[];
}

/** Something that the Thing can do. Asynchronous unless `synchronous` is true. */
export interface ActionDeclaration extends Affordance {
  readonly input?: TSchema;
  readonly output?: TSchema;
  /** Schema of the `progress` member of `actionStatus` events; asynchronous actions only. */
  readonly progress?: TSchema;
  /** true: the answer comes when the action has ended; else at once, with an id to ask for its status. */
  readonly synchronous?: boolean;
  readonly safe?: boolean;
  readonly idempotent?: boolean;
  /** false: an invocation cannot be cancelled. Synchronous actions never can. */
  readonly cancelable?: boolean;
}

/** Something that happens. Without `data` its notifications carry no payload. */
export interface EventDeclaration extends Affordance {
  readonly data?: TSchema;
}

/** A link of the Thing Description (TD 1.1, section 5.3.4.1). */
export interface Link {
  readonly href: string;
  readonly rel?: string;
  readonly type?: string;
  readonly sizes?: string;
  readonly hreflang?: string | readonly string[];
}

/** The declaration of a Thing, a plain value: what it is, without saying how it works. */
export interface Model {
  readonly title: string;
  readonly titles?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly descriptions?: Readonly<Record<string, string>>;
  readonly '@type'?: string | readonly string[];
  /** JSON-LD prefixes used in `@type` and in schemas, by name. */
  readonly prefixes?: Readonly<Record<string, string>>;
  /** Version of the model, for example `1.0.0`. */
  readonly version?: string;
  readonly support?: string;
  readonly links?: readonly Link[];
  readonly properties?: Readonly<Record<string, PropertyDeclaration>>;
  readonly actions?: Readonly<Record<string, ActionDeclaration>>;
  readonly events?: Readonly<Record<string, EventDeclaration>>;
}

/** The properties of a Model by name. */
export type PropertiesOf<M extends Model> = M extends {
  readonly properties: infer P extends Record<string, PropertyDeclaration>;
}
  ? P
  : Record<never, PropertyDeclaration>;
/** The actions of a Model by name. */
export type ActionsOf<M extends Model> = M extends {
  readonly actions: infer A extends Record<string, ActionDeclaration>;
}
  ? A
  : Record<never, ActionDeclaration>;
/** The events of a Model by name. */
export type EventsOf<M extends Model> = M extends { readonly events: infer E extends Record<string, EventDeclaration> }
  ? E
  : Record<never, EventDeclaration>;

/** The type of a property's value. */
export type ValueOf<P extends PropertyDeclaration> = Static<P['schema']>;
/** The type of an action's input; void if it takes none. */
export type InputOf<A extends ActionDeclaration> = A extends { readonly input: infer S extends TSchema }
  ? Static<S>
  : void;
/** The type of an action's output; void if it gives none. */
export type OutputOf<A extends ActionDeclaration> = A extends { readonly output: infer S extends TSchema }
  ? Static<S>
  : void;
/** The type of an action's progress; unknown if the Model does not say. */
export type ProgressOf<A extends ActionDeclaration> = A extends { readonly progress: infer S extends TSchema }
  ? Static<S>
  : unknown;
/** The type of an event's data; void if it has none. */
export type DataOf<E extends EventDeclaration> = E extends { readonly data: infer S extends TSchema }
  ? Static<S>
  : void;

/**
 * Declares a Thing. Gives the Model back as it is, with its literal types, after a look at what no type can catch.
 * @throws TypeError for a name that is empty or has control characters, for a property both readOnly and writeOnly (or
 * where its schema says so instead of the property), a write-only property declared observable, a synchronous action with
 * progress or that is cancelable, an own event `actionStatus` beside asynchronous actions, a schema that a Thing
 * Description cannot say, and a URI variable that is an object or an array.
 */
export function defineThing<const M extends Model>(model: M): M {
  checkModel(model);
  return model;
}

function checkModel(model: Model): void {
  const refuse = (affordance: string, why: string): never => {
    throw new TypeError(`Thing '${model.title}', ${affordance}: ${why}`);
  };
  if (typeof model.title !== 'string' || model.title === '') throw new TypeError('A Model needs a title');
  for (const [kind, group] of [
    ['property', model.properties],
    ['action', model.actions],
    ['event', model.events],
  ] as const) {
    for (const name of Object.keys(group ?? {})) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      if (name === '' || /[\u0000-\u001f\u007f/]/.test(name)) {
        refuse(`${kind} '${name}'`, 'a name must not be empty nor hold control characters or a slash');
      }
    }
  }
  for (const [name, property] of Object.entries(model.properties ?? {})) {
    const who = `property '${name}'`;
    if (property.readOnly && property.writeOnly) refuse(who, 'readOnly and writeOnly exclude each other');
    if ('readOnly' in property.schema || 'writeOnly' in property.schema) {
      refuse(who, 'readOnly and writeOnly belong beside the schema, not into it');
    }
    if (property.writeOnly && property.observable) refuse(who, 'a write-only property cannot be observable');
  }
  for (const [name, action] of Object.entries(model.actions ?? {})) {
    const who = `action '${name}'`;
    if (action.synchronous && action.progress) refuse(who, 'a synchronous action has no progress');
    if (action.synchronous && action.cancelable) refuse(who, 'a synchronous action cannot be cancelled');
  }
  if (model.events?.[ACTION_STATUS] && hasAsynchronousActions(model)) {
    refuse(`event '${ACTION_STATUS}'`, 'the name is taken by the status of asynchronous actions');
  }
  checkSchemas(model);
}

function checkSchemas({ title, properties = {}, actions = {}, events = {} }: Model): void {
  const expressible = (schema: TSchema | undefined, who: string): void => {
    if (schema) toDataSchema(schema, `Thing '${title}', ${who}`);
  };
  const checkVariables = ({ uriVariables = {} }: Affordance, who: string): void => {
    for (const [variable, schema] of Object.entries(uriVariables)) {
      const what = `URI variable '${variable}' of ${who}`;
      expressible(schema, what);
      if ('type' in schema && (schema.type === 'object' || schema.type === 'array')) {
        throw new TypeError(`Thing '${title}', ${what}: it cannot be an object or an array`);
      }
    }
  };
  for (const [name, property] of Object.entries(properties)) {
    expressible(property.schema, `property '${name}'`);
    checkVariables(property, `property '${name}'`);
  }
  for (const [name, action] of Object.entries(actions)) {
    for (const part of ['input', 'output', 'progress'] as const)
      expressible(action[part], `${part} of action '${name}'`);
    checkVariables(action, `action '${name}'`);
  }
  for (const [name, event] of Object.entries(events)) {
    expressible(event.data, `data of event '${name}'`);
    checkVariables(event, `event '${name}'`);
  }
}

/** Tells whether the value of a property can be read. */
export const isReadable = (property: PropertyDeclaration): boolean => property.writeOnly !== true;
/** Tells whether a property can be written. */
export const isWritable = (property: PropertyDeclaration): boolean => property.readOnly !== true;
/** Tells whether a property can be observed: it is readable and not declared otherwise. */
export const isObservable = (property: PropertyDeclaration): boolean =>
  property.writeOnly !== true && property.observable !== false;
/** Tells whether an invocation of an action can be cancelled. */
export const isCancelable = (action: ActionDeclaration): boolean =>
  action.synchronous !== true && action.cancelable !== false;
