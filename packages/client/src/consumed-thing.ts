import type {
  ActionDeclaration,
  ActionsOf,
  Answer,
  DataOf,
  EventDeclaration,
  EventsOf,
  InputOf,
  Model,
  Notification,
  ObserveOperation,
  OutputOf,
  ProgressOf,
  PropertiesOf,
  PropertyDeclaration,
  ThingDescription,
  ValueOf,
} from '@thingwright/core';
import type { Observable } from 'rxjs';
import type { Invocation, InvokeOptions } from './invocation.js';
import type { ReadableProperty, WritableProperty } from './property.js';
import type { ConnectionState, Gap, Opening, RequestOperation, RequestOptions } from './transport.js';

/** The Model of a Thing of which only the TD is known: any name, any value. */
export interface AnyModel extends Model {
  readonly properties: Readonly<Record<string, PropertyDeclaration>>;
  readonly actions: Readonly<Record<string, Required<Pick<ActionDeclaration, 'input' | 'output'>> & ActionDeclaration>>;
  readonly events: Readonly<Record<string, Required<Pick<EventDeclaration, 'data'>> & EventDeclaration>>;
}

/**
 * A property as its declaration allows: `read` unless it is write-only, `write` unless it is read-only; an Observable of its
 * values, the present one first, if it is observable.
 */
export type ConsumedProperty<P extends PropertyDeclaration> = (P extends { readonly writeOnly: true }
  ? unknown
  : ReadableProperty<ValueOf<P>> & (P extends { readonly observable: false } ? unknown : Observable<ValueOf<P>>)) &
  (P extends { readonly readOnly: true } ? unknown : WritableProperty<ValueOf<P>>);

/** An action: invokes it at once. What the TD does not offer is an error of the invocation. */
export type ConsumedAction<A extends ActionDeclaration> =
  unknown extends InputOf<A>
    ? (input?: unknown, options?: InvokeOptions) => Invocation<OutputOf<A>, ProgressOf<A>>
    : (input: InputOf<A>, options?: InvokeOptions) => Invocation<OutputOf<A>, ProgressOf<A>>;

type ReadableNames<P> = {
  [N in keyof P]: P[N] extends { readonly writeOnly: true } ? never : N;
}[keyof P];
type WritableNames<P> = {
  [N in keyof P]: P[N] extends { readonly readOnly: true } ? never : N;
}[keyof P];

/** The values of the properties of a Model that can be read, by name. */
export type ReadableValues<M extends Model> = {
  [N in ReadableNames<PropertiesOf<M>>]: PropertiesOf<M>[N] extends PropertyDeclaration
    ? ValueOf<PropertiesOf<M>[N]>
    : never;
};
/** The values of the properties of a Model that can be written, by name. */
export type WritableValues<M extends Model> = {
  [N in WritableNames<PropertiesOf<M>>]: PropertiesOf<M>[N] extends PropertyDeclaration
    ? ValueOf<PropertiesOf<M>[N]>
    : never;
};

/**
 * A Thing somewhere else, with the types of its Model. Streams live through interruptions and complete when it is closed; requests
 * made without a connection are refused at once with `disconnected`. Disposing it is closing it.
 */
export interface ConsumedThing<M extends Model = AnyModel> extends AsyncDisposable {
  /** The Thing's id, a URI; the URL of its TD if that names none. */
  readonly id: string;
  readonly td: ThingDescription;
  readonly properties: {
    readonly [N in keyof PropertiesOf<M>]: PropertiesOf<M>[N] extends PropertyDeclaration
      ? ConsumedProperty<PropertiesOf<M>[N]>
      : never;
  };
  readonly actions: {
    readonly [N in keyof ActionsOf<M>]: ActionsOf<M>[N] extends ActionDeclaration
      ? ConsumedAction<ActionsOf<M>[N]>
      : never;
  };
  readonly events: {
    readonly [N in keyof EventsOf<M>]: EventsOf<M>[N] extends EventDeclaration
      ? Observable<DataOf<EventsOf<M>[N]>>
      : never;
  };
  /** Reads all properties; those without a value, or not ours to read, are left out. */
  readAll(): Promise<Partial<ReadableValues<M>>>;
  /** Reads the properties named. Rejects with a ThingError whose `errors` and `values` tell of each, if one fails. */
  readMultiple<N extends keyof ReadableValues<M>>(names: readonly N[]): Promise<Pick<ReadableValues<M>, N>>;
  /** Writes some properties, all or none unless a write fails at the device; gives the values that the Thing confirms. */
  writeMultiple(values: Partial<WritableValues<M>>): Promise<Partial<WritableValues<M>>>;
  /** Writes every writable property; gives the values that the Thing confirms. */
  writeAll(values: WritableValues<M>): Promise<Partial<WritableValues<M>>>;
  /** How the connection stands, the present state first; completes when the Thing is closed. */
  readonly connection: Observable<ConnectionState>;
  /** Tells when something may have been missed. A property is read anew by itself then; events are lost. */
  readonly gaps: Observable<Gap>;
  /** Runs an operation as it is, for tools: no types. Rejects with a ThingError. */
  request(operation: RequestOperation, options?: RequestOptions): Promise<Answer>;
  /**
   * The notifications of one affordance, or of all of a kind, as they are, for tools: with their id, Thing, name and time, and
   * without the present value at first. `opened` is called each time that the stream begins, before what it brings.
   */
  observe(operation: ObserveOperation, opened?: (opening: Opening) => void): Observable<Notification>;
  /** Closes it: streams complete, invocations that are followed reject with `disconnected`; the actions go on. */
  close(): Promise<void>;
}
