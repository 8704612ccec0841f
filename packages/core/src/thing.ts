import { Observable, Subject, type Subscription, throwError } from 'rxjs';
import { v4 as uuid } from 'uuid';
import { Action, type ActionHandlers } from './action.js';
import { Change } from './change.js';
import type { Answer, Channel, Context, InvocationStatus } from './channel.js';
import { createClock, formatMicroseconds, type Now } from './clock.js';
import type { Access } from './implementation.js';
import type { Invocation } from './invocation.js';
import { createJournal, type JournalLimits } from './journal.js';
import type { Log } from './log.js';
import { ACTION_STATUS } from './action-status.js';
import { isObservable, isReadable, isWritable, type Model } from './model.js';
import type { Notification } from './notification.js';
import type {
  InvokeAction,
  ObserveOperation,
  OnInvocation,
  Operation,
  OperationName,
  ReadProperty,
  UriVariables,
  WriteProperty,
} from './operation.js';
import type { PreparedModel, VariableChecks } from './prepared-model.js';
import type { Policy } from './principal.js';
import { isPromise, Property, type PropertyParts, type Reading } from './property.js';
import { ThingError } from './thing-error.js';

/** What a Thing is opened with. */
export interface ThingOptions {
  /** A URI, unique for ever: `urn:uuid:` and a UUID. */
  readonly id: string;
  /** Local name, URL-safe, unique now. */
  readonly name: string;
  readonly policy: Policy;
  readonly log: Log;
  readonly journal?: JournalLimits;
  /** Checks what handlers give as well; for tests and development. */
  readonly checkOutputs?: boolean;
  readonly now?: Now;
  readonly newID?: () => string;
}

/** An implementation with its types erased; made by `expose`. */
export interface Handlers {
  readonly properties: ReadonlyMap<string, PropertyParts>;
  readonly actions: ReadonlyMap<string, ActionHandlers>;
  readonly events: ReadonlyMap<string, Observable<unknown>>;
}

/** A Model with handlers and state, exposed under an id: the Channel that bindings serve. */
export interface Thing extends Channel, AsyncDisposable {
  readonly id: string;
  readonly name: string;
  readonly model: Model;
  /**
   * Tells whether a reader may have a notification that it is subscribed to: all but those about an invocation that it
   * may not query.
   */
  admits(notification: Notification, context: Context): boolean;
}

const NO_VARIABLES: UriVariables = {};

/** Brings a Thing to life: begins to follow its properties and events. Disposing ends its streams and its actions. */
export function openThing(prepared: PreparedModel, handlers: Handlers, options: ThingOptions): Thing {
  const thing = new OpenThing(prepared, handlers, options);
  thing.start();
  return thing;
}

class OpenThing implements Thing {
  readonly id: string;
  readonly name: string;
  readonly model: Model;
  readonly #prepared: PreparedModel;
  readonly #options: ThingOptions;
  readonly #properties = new Map<string, Property>();
  readonly #actions = new Map<string, Action>();
  readonly #events = new Map<string, Subject<Notification>>();
  readonly #sources: readonly [string, Observable<unknown>][];
  readonly #subscriptions: Subscription[] = [];
  readonly #allProperties = new Subject<Notification>();
  readonly #allEvents = new Subject<Notification>();
  readonly #closing = new AbortController();
  readonly #clock;
  readonly #journal;
  readonly #now: Now;

  constructor(prepared: PreparedModel, handlers: Handlers, options: ThingOptions) {
    this.id = options.id;
    this.name = options.name;
    this.model = prepared.model;
    this.#prepared = prepared;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#clock = createClock(this.#now);
    this.#journal = createJournal(options.journal ?? {}, this.#now);
    this.#sources = [...handlers.events];
    this.#build(handlers);
  }

  #build(handlers: Handlers): void {
    const { newID = uuid, log } = this.#options;
    const shared = {
      title: this.model.title,
      checkOutputs: this.#options.checkOutputs ?? false,
      warn: (details: object, message: string) => log.warn({ thing: this.name, ...details }, message),
    };
    const propertyHost = {
      ...shared,
      record: (name: string, value: unknown) => this.#record('property', name, value),
      announce: (change: Change) => this.#allProperties.next(change),
      tick: () => this.#clock.tick(),
      formatTime: formatMicroseconds,
    };
    for (const [name, part] of this.#prepared.properties) {
      const implementation = handlers.properties.get(name) ?? {};
      this.#properties.set(name, new Property(name, { prepared: part, implementation }, propertyHost));
    }
    const actionHost = {
      ...shared,
      now: this.#now,
      newID,
      report: (invocation: Invocation, more?: object) => this.#report(invocation, more),
    };
    for (const [name, part] of this.#prepared.actions) {
      const implementation = handlers.actions.get(name) ?? { run: () => undefined };
      const parts = { prepared: part, implementation, closed: this.#closing.signal };
      this.#actions.set(name, new Action(name, parts, actionHost));
    }
    for (const name of this.#prepared.events.keys()) this.#events.set(name, new Subject());
  }

  start(): void {
    for (const property of this.#properties.values()) property.start();
    for (const [name, source] of this.#sources) {
      this.#subscriptions.push(
        source.subscribe({
          next: (data) => this.#emit(name, data),
          error: (error: unknown) =>
            this.#options.log.warn({ thing: this.name, event: name, error }, 'the stream of an event failed'),
        }),
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new ThingError('unavailable', `'${this.model.title}' was closed`));
    for (const action of this.#actions.values()) action.close();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    for (const property of this.#properties.values()) property.stop();
    for (const event of this.#events.values()) event.complete();
    this.#allProperties.complete();
    this.#allEvents.complete();
  }

  #record(kind: 'property' | 'event', name: string, value: unknown, invoker?: string): Change {
    const change = new Change(this.id, kind, name, value, this.#clock.tick(), invoker);
    this.#journal.append(change);
    return change;
  }

  #emit(name: string, data: unknown, invoker?: string): void {
    const check = this.#prepared.events.get(name)?.data;
    if (this.#options.checkOutputs && check && !check.fits(data)) {
      this.#options.log.warn({ thing: this.name, event: name, faults: check.faults(data) }, 'an event was dropped');
      return;
    }
    const change = this.#record('event', name, data, invoker);
    this.#events.get(name)?.next(change);
    this.#allEvents.next(change);
  }

  #report(invocation: Invocation, more: object = {}): void {
    const { action, id, state, invoker } = invocation;
    this.#emit(ACTION_STATUS, { action, actionID: id, state, ...more }, invoker.id);
  }

  request(operation: Operation, context: Context): Answer | Promise<Answer> {
    if (this.#closing.signal.aborted) throw new ThingError('notFound', `'${this.model.title}' is no longer here`);
    switch (operation.op) {
      case 'readproperty':
        return this.#read(operation, context);
      case 'writeproperty':
        return this.#write(operation, context);
      case 'readallproperties':
        return this.#readAll(this.#readableNames(operation.op, context), context);
      case 'readmultipleproperties':
        return this.#readAll(this.#namesToRead(operation.names, context), context, true);
      case 'writeallproperties':
      case 'writemultipleproperties':
        return this.#writeMany(operation.op, operation.values, context);
      case 'invokeaction':
        return this.#invoke(operation, context);
      case 'queryaction':
        return this.#query(operation, context);
      case 'cancelaction':
        return this.#cancel(operation, context);
      case 'queryallactions':
        return this.#queryAll(context);
      case 'unobserveproperty':
      case 'unsubscribeevent':
        this.#expect(operation.op === 'unobserveproperty' ? 'property' : 'event', operation.name);
        return {};
      case 'unobserveallproperties':
      case 'unsubscribeallevents':
        return {};
      case 'observeproperty':
      case 'subscribeevent':
      case 'observeallproperties':
      case 'subscribeallevents':
        return this.#openStream(operation, context);
    }
  }

  observe(operation: ObserveOperation, context: Context): Observable<Notification> {
    const stream = (): Observable<Notification> => {
      switch (operation.op) {
        case 'observeproperty':
          return this.#property(operation.name).changes;
        case 'subscribeevent':
          return this.#event(operation.name).asObservable();
        case 'observeallproperties':
          return this.#allProperties.asObservable();
        case 'subscribeallevents':
          return this.#allEvents.asObservable();
      }
    };
    try {
      this.#coveredNames(operation, context);
      return stream();
    } catch (error) {
      return throwError(() => error);
    }
  }

  admits(notification: Notification, context: Context): boolean {
    const { invoker } = notification;
    if (invoker === undefined) return true;
    const { principal } = context;
    return this.#options.policy({ principal, thing: this, operation: 'queryaction', invoker });
  }

  #may(operation: OperationName, context: Context, affordance?: string): boolean {
    const { principal } = context;
    return this.#options.policy(
      affordance === undefined ? { principal, thing: this, operation } : { principal, thing: this, operation, affordance },
    );
  }

  #authorize(operation: OperationName, context: Context, affordance?: string): void {
    if (this.#may(operation, context, affordance)) return;
    const what = affordance === undefined ? '' : ` '${affordance}'`;
    throw new ThingError('forbidden', `${context.principal.id} may not ${operation}${what} of '${this.model.title}'`);
  }

  #expect(kind: 'property' | 'event', name: string): void {
    if (!(kind === 'property' ? this.#properties : this.#events).has(name)) throw this.#missing(kind, name);
  }

  #missing(kind: 'property' | 'action' | 'event', name: string): ThingError {
    return new ThingError('notFound', `There is no ${kind} named '${name}' in '${this.model.title}'`);
  }

  #property(name: string): Property {
    const property = this.#properties.get(name);
    if (!property) throw this.#missing('property', name);
    return property;
  }

  #event(name: string): Subject<Notification> {
    const event = this.#events.get(name);
    if (!event) throw this.#missing('event', name);
    return event;
  }

  #access(context: Context, variables: UriVariables | undefined, checks: VariableChecks | undefined): Access {
    const { principal } = context;
    if (variables && checks) {
      for (const [name, check] of checks) {
        const value = variables[name];
        if (value !== undefined && !check.fits(value)) {
          throw new ThingError('invalid', `The URI variable '${name}' does not fit its schema`, {
            faults: check.faults(value),
          });
        }
      }
    }
    return { principal, uriVariables: variables ?? NO_VARIABLES };
  }

  #read(operation: ReadProperty, context: Context): Answer | Promise<Answer> {
    const { name, uriVariables } = operation;
    const property = this.#property(name);
    this.#authorize('readproperty', context, name);
    const prepared = this.#prepared.properties.get(name);
    if (prepared && !isReadable(prepared.declaration)) {
      throw new ThingError('invalid', `Property '${name}' of '${this.model.title}' is write-only`);
    }
    return property.read(this.#access(context, uriVariables, prepared?.variables));
  }

  #write(operation: WriteProperty, context: Context): Answer | Promise<Answer> {
    const { name, value, uriVariables } = operation;
    const property = this.#property(name);
    this.#authorize('writeproperty', context, name);
    const refusal = this.#writeRefusal(name, value);
    if (refusal) throw refusal;
    const access = this.#access(context, uriVariables, this.#prepared.properties.get(name)?.variables);
    const done = property.write(value, access);
    return isPromise(done) ? done.then(toAnswer) : toAnswer(done);
  }

  #writeRefusal(name: string, value: unknown): ThingError | undefined {
    const property = this.#property(name);
    const prepared = this.#prepared.properties.get(name);
    if (prepared && !isWritable(prepared.declaration)) {
      return new ThingError('invalid', `Property '${name}' of '${this.model.title}' is read-only`);
    }
    return property.refusal(value);
  }

  #readableNames(operation: OperationName, context: Context): readonly string[] {
    this.#authorize(operation, context);
    const names: string[] = [];
    for (const [name, { declaration }] of this.#prepared.properties) {
      if (isReadable(declaration) && this.#may('readproperty', context, name)) names.push(name);
    }
    return names;
  }

  #namesToRead(names: readonly string[], context: Context): readonly string[] {
    this.#authorize('readmultipleproperties', context);
    if (names.length === 0) throw new ThingError('invalid', 'No property is named');
    const errors = new Map<string, ThingError>();
    for (const name of names) {
      const declaration = this.#prepared.properties.get(name)?.declaration;
      if (!declaration) errors.set(name, this.#missing('property', name));
      else if (!isReadable(declaration)) errors.set(name, new ThingError('invalid', `Property '${name}' is write-only`));
    }
    this.#refuseIfAny(errors, names.length);
    for (const name of names) this.#authorize('readproperty', context, name);
    return [...new Set(names)];
  }

  #refuseIfAny(errors: ReadonlyMap<string, ThingError>, total: number): void {
    if (errors.size === 0) return;
    const why = [...errors.values()].map((error) => error.detail).join('; ');
    throw new ThingError('invalid', `${errors.size} of ${total} not usable: ${why}`, {
      errors: Object.fromEntries(errors),
    });
  }

  /** Reads many; a property without a value is left out unless it was named (`strictly`). */
  #readAll(names: readonly string[], context: Context, strictly = false): Answer | Promise<Answer> {
    const access = this.#access(context, undefined, undefined);
    const values = new Map<string, unknown>();
    const errors = new Map<string, ThingError>();
    const later: Promise<void>[] = [];
    for (const name of names) {
      const property = this.#property(name);
      if (!property.hasValue && !strictly) continue;
      const keep = (reading: Reading): void => {
        values.set(name, reading.value);
      };
      const miss = (thrown: unknown): void => {
        errors.set(name, ThingError.from(thrown, `Property '${name}' could not be read`));
      };
      try {
        const reading = property.read(access);
        if (isPromise(reading)) later.push(reading.then(keep, miss));
        else keep(reading);
      } catch (thrown) {
        miss(thrown);
      }
    }
    const finish = (): Answer => bulkAnswer('read', names, values, errors);
    return later.length === 0 ? finish() : Promise.all(later).then(finish);
  }

  #writeMany(
    op: 'writeallproperties' | 'writemultipleproperties',
    given: Readonly<Record<string, unknown>>,
    context: Context,
  ): Promise<Answer> {
    this.#authorize(op, context);
    const entries = new Map(Object.entries(given));
    const errors = new Map<string, ThingError>();
    for (const [name, value] of entries) {
      const refusal = this.#properties.has(name) ? this.#writeRefusal(name, value) : this.#missing('property', name);
      if (refusal) errors.set(name, refusal);
    }
    const writable = [...this.#prepared.properties].filter(([, { declaration }]) => isWritable(declaration));
    if (op === 'writeallproperties') {
      for (const [name] of writable) {
        if (!entries.has(name)) errors.set(name, new ThingError('invalid', `Property '${name}' is missing`));
      }
    } else if (entries.size === 0) {
      throw new ThingError('invalid', 'No property is named');
    }
    this.#refuseIfAny(errors, Math.max(entries.size, writable.length));
    for (const name of entries.keys()) this.#authorize('writeproperty', context, name);
    return this.#carryOutWrites(entries, this.#access(context, undefined, undefined));
  }

  async #carryOutWrites(entries: ReadonlyMap<string, unknown>, access: Access): Promise<Answer> {
    const written = new Map<string, unknown>();
    const errors = new Map<string, ThingError>();
    await Promise.all(
      [...entries].map(async ([name, value]) => {
        try {
          const reading = await this.#property(name).write(value, access);
          if (reading) written.set(name, reading.value);
        } catch (thrown) {
          errors.set(name, ThingError.from(thrown, `Property '${name}' could not be written`));
        }
      }),
    );
    return bulkAnswer('written', [...entries.keys()], written, errors);
  }

  #invoke(operation: InvokeAction, context: Context): Answer | Promise<Answer> {
    const { name, input, uriVariables } = operation;
    const action = this.#actions.get(name);
    if (!action) throw this.#missing('action', name);
    this.#authorize('invokeaction', context, name);
    const access = this.#access(context, uriVariables, this.#prepared.actions.get(name)?.variables);
    return action.invoke(input, access);
  }

  #find(operation: OnInvocation, context: Context): { readonly action: Action; readonly invocation: Invocation } {
    const { op, actionID, name } = operation;
    for (const action of this.#actions.values()) {
      const invocation = action.find(actionID);
      if (!invocation) continue;
      if (name !== undefined && name !== action.name) break;
      const { principal } = context;
      const invoker = invocation.invoker.id;
      const thing = this;
      if (!this.#options.policy({ principal, thing, operation: op, affordance: action.name, invoker })) break;
      return { action, invocation };
    }
    throw new ThingError('notFound', `'${this.model.title}' has no invocation '${actionID}'`);
  }

  #query(operation: OnInvocation, context: Context): Answer {
    return { status: this.#find(operation, context).invocation.status };
  }

  async #cancel(operation: OnInvocation, context: Context): Promise<Answer> {
    const { action, invocation } = this.#find(operation, context);
    await action.cancel(invocation);
    return {};
  }

  #queryAll(context: Context): Answer {
    this.#authorize('queryallactions', context);
    const { principal } = context;
    const statuses = new Map<string, readonly InvocationStatus[]>();
    for (const [affordance, action] of this.#actions) {
      const mine = action.list().filter(({ invoker }) =>
        this.#options.policy({ principal, thing: this, operation: 'queryaction', affordance, invoker: invoker.id }),
      );
      statuses.set(
        affordance,
        mine.map((invocation) => invocation.status),
      );
    }
    return { statuses: Object.fromEntries(statuses) };
  }

  /** The affordances that an observing operation covers; throws if it may not be. */
  #coveredNames(operation: ObserveOperation, context: Context): readonly string[] {
    const { op } = operation;
    switch (op) {
      case 'observeproperty': {
        this.#property(operation.name);
        this.#authorize(op, context, operation.name);
        const declaration = this.#prepared.properties.get(operation.name)?.declaration;
        if (declaration && !isObservable(declaration)) {
          throw new ThingError('invalid', `Property '${operation.name}' of '${this.model.title}' cannot be observed`);
        }
        return [operation.name];
      }
      case 'subscribeevent':
        this.#event(operation.name);
        this.#authorize(op, context, operation.name);
        return [operation.name];
      case 'observeallproperties':
        this.#authorize(op, context);
        return [...this.#prepared.properties]
          .filter(([name, p]) => isObservable(p.declaration) && this.#may('observeproperty', context, name))
          .map(([name]) => name);
      case 'subscribeallevents':
        this.#authorize(op, context);
        return [...this.#events.keys()].filter((name) => this.#may('subscribeevent', context, name));
    }
  }

  #openStream(operation: ObserveOperation, context: Context): Answer {
    const names = this.#coveredNames(operation, context);
    const { lastNotificationID } = operation;
    if (lastNotificationID === undefined) return { names };
    const kind = operation.op === 'observeproperty' || operation.op === 'observeallproperties' ? 'property' : 'event';
    const covered = new Set(names);
    const covers = (change: Change): boolean =>
      change.kind === kind && covered.has(change.name) && this.admits(change, context);
    return { names, ...this.#journal.since(lastNotificationID, covers) };
  }
}

const toAnswer = (reading: Reading | undefined): Answer => reading ?? {};

function bulkAnswer(
  verb: 'read' | 'written',
  names: readonly string[],
  values: ReadonlyMap<string, unknown>,
  errors: ReadonlyMap<string, ThingError>,
): Answer {
  const inOrder = names.filter((name) => values.has(name)).map((name) => [name, values.get(name)] as const);
  if (errors.size === 0) return { values: Object.fromEntries(inOrder) };
  const failed = [...errors.keys()].map((name) => `'${name}'`).join(', ');
  const detail = errors.size === 1 ? `Property ${failed} could not be ${verb}` : `Properties ${failed} could not be ${verb}`;
  throw new ThingError('failed', detail, {
    errors: Object.fromEntries(errors),
    ...(values.size > 0 ? { values: Object.fromEntries(inOrder) } : {}),
  });
}
