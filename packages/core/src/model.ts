import type { Static, TSchema } from 'typebox';

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
  /**
   * true: an invocation is `pending` until its handler says that what was asked has been taken, by the device for example; else
   * until the handler is called. Asynchronous actions only.
   */
  readonly acknowledged?: boolean;
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
  /** Language of the titles and descriptions that stand alone, a BCP 47 tag. */
  readonly language?: string;
  /** URIs of JSON-LD contexts besides that of TD 1.1, whose terms are used in `@type` and in links. */
  readonly contexts?: readonly string[];
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
