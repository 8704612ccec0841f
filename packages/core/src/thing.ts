import type { Observable } from 'rxjs';
import { Account } from './account.js';
import { readAllProperties, readMultipleProperties } from './bulk-read.js';
import { writeProperties } from './bulk-write.js';
import type { Answer, Channel, Context } from './channel.js';
import type { Handlers } from './expose.js';
import {
  actionNamed,
  createInterior,
  eventNamed,
  type Interior,
  propertyNamed,
  type ThingOptions,
} from './interior.js';
import { cancelAction, queryAction, queryAllActions } from './invocation-lookup.js';
import { isReadable, type Model } from './model.js';
import type { Notification } from './notification.js';
import { admits, answerObservation, observe } from './observation.js';
import type { InvokeAction, ObserveOperation, Operation, ReadProperty, WriteProperty } from './operation.js';
import type { OperationMeter } from './operation-meter.js';
import type { PreparedModel } from './prepared-model.js';
import { isPromise } from './promise.js';
import type { Reading } from './property.js';
import { ThingError } from './thing-error.js';
import type { Trace } from './trace.js';
import { checkVariables, NO_VARIABLES } from './uri-variables.js';

/** A Model with handlers and state, exposed under an id: the Channel that bindings serve. */
export interface Thing extends Channel, AsyncDisposable {
  readonly id: string;
  readonly name: string;
  /** What was declared, with the title that it has now. */
  readonly model: Model;
  /** Gives it another title, in its description and in messages; nobody who reads it is disturbed. */
  setTitle(title: string): void;
  /**
   * Tells whether a reader may have a notification that it is subscribed to: all but those about an invocation that it
   * may not query.
   */
  admits(notification: Notification, context: Context): boolean;
  /**
   * Tells whether the value of a write, or the input of an invocation, fits what is declared; for dialects that put a value into
   * several shapes. No name that is not there, and no input where none is declared, has a value that fits.
   */
  fits(operation: WriteProperty | InvokeAction): boolean;
  /** Tells whether an invocation with that id is kept here, be it cancelled; who may know of it is asked with `queryaction`. */
  keepsInvocation(actionID: string): boolean;
}

/** Brings a Thing to life: begins to follow its properties and events. Disposing ends its streams and its actions. */
export function openThing(prepared: PreparedModel, handlers: Handlers, options: ThingOptions): Thing {
  const thing = new OpenThing(prepared, handlers, options);
  thing.start();
  return thing;
}

class OpenThing implements Thing {
  readonly id: string;
  readonly name: string;
  model: Model;
  readonly #interior: Interior;
  readonly #account: Account;
  readonly #operations: OperationMeter | undefined;
  readonly #trace: Trace | undefined;
  readonly #closing = new AbortController();

  constructor(prepared: PreparedModel, handlers: Handlers, thingOptions: ThingOptions) {
    this.id = thingOptions.id;
    this.name = thingOptions.name;
    this.model = prepared.model;
    const { memory, audit, operations, trace } = thingOptions;
    this.#operations = operations;
    this.#trace = trace;
    this.#account = new Account({ thing: this, memory, audit });
    this.#interior = createInterior(prepared, handlers, { thing: this, thingOptions, closed: this.#closing.signal });
  }

  start(): void {
    for (const property of this.#interior.properties.values()) property.start();
    for (const event of this.#interior.events.values()) event.start();
    this.#restoreInvocations();
  }

  /** Those of actions that the Model no longer has are forgotten: nobody could ask for them, nor end them. */
  #restoreInvocations(): void {
    const { memory, actions } = this.#interior;
    const kept = memory?.invocations ?? [];
    for (const action of actions.values()) action.restore(kept.filter(({ status }) => status.action === action.name));
    for (const { status } of kept) if (!actions.has(status.action)) memory?.forget(status.actionID);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new ThingError('unavailable', `'${this.model.title}' was closed`));
    const { properties, actions, events, allProperties, allEvents } = this.#interior;
    for (const action of actions.values()) action.close();
    for (const property of properties.values()) property.stop();
    for (const event of events.values()) event.stop();
    allProperties.end();
    allEvents.end();
  }

  request(operation: Operation, context: Context): Answer | Promise<Answer> {
    return this.#trace
      ? this.#trace({ thing: this, operation, context }, () => this.#measure(operation, context))
      : this.#measure(operation, context);
  }

  #measure(operation: Operation, context: Context): Answer | Promise<Answer> {
    if (!this.#operations) return this.#carryOut(operation, context);
    const figures = this.#operations.of(operation, context);
    const began = performance.now();
    try {
      const answer = this.#carryOut(operation, context);
      if (answer instanceof Promise) return figures.follow(began, answer);
      figures.done(began);
      return answer;
    } catch (thrown) {
      figures.failed(began, thrown);
      throw thrown;
    }
  }

  #carryOut(operation: Operation, context: Context): Answer | Promise<Answer> {
    if (this.#closing.signal.aborted) throw new ThingError('notFound', `'${this.model.title}' is no longer here`);
    return this.#account.concerns(operation)
      ? this.#account.carryOut(operation, context, () => this.#perform(operation, context))
      : this.#perform(operation, context);
  }

  #perform(operation: Operation, context: Context): Answer | Promise<Answer> {
    const interior = this.#interior;
    switch (operation.op) {
      case 'readproperty':
        return this.#read(operation, context);
      case 'writeproperty':
        return this.#write(operation, context);
      case 'readallproperties':
        return readAllProperties(interior, context);
      case 'readmultipleproperties':
        return readMultipleProperties(interior, operation.names, context);
      case 'writeallproperties':
      case 'writemultipleproperties':
        return writeProperties(interior, operation, context);
      case 'invokeaction':
        return this.#invoke(operation, context);
      case 'queryaction':
        return queryAction(interior, operation, context);
      case 'cancelaction':
        return cancelAction(interior, operation, context);
      case 'queryallactions':
        return queryAllActions(interior, operation, context);
      case 'observeproperty':
      case 'subscribeevent':
      case 'observeallproperties':
      case 'subscribeallevents':
        return answerObservation(interior, operation, context);
      case 'unobserveproperty':
        propertyNamed(interior, operation.name);
        return {};
      case 'unsubscribeevent':
        eventNamed(interior, operation.name);
        return {};
      case 'unobserveallproperties':
      case 'unsubscribeallevents':
        return {};
    }
  }

  observe(operation: ObserveOperation, context: Context): Observable<Notification> {
    return observe(this.#interior, operation, context);
  }

  admits(notification: Notification, context: Context): boolean {
    return admits(this.#interior, notification, context);
  }

  fits(operation: WriteProperty | InvokeAction): boolean {
    const { properties, actions } = this.#interior;
    return operation.op === 'writeproperty'
      ? properties.get(operation.name)?.fits(operation.value) === true
      : actions.get(operation.name)?.fits(operation.input) === true;
  }

  setTitle(title: string): void {
    this.model = { ...this.model, title };
  }

  keepsInvocation(actionID: string): boolean {
    for (const action of this.#interior.actions.values()) if (action.invocations.has(actionID)) return true;
    return false;
  }

  #read({ name, uriVariables }: ReadProperty, context: Context): Answer | Promise<Answer> {
    const property = propertyNamed(this.#interior, name);
    this.#interior.permission.demand('readproperty', context, name);
    if (!isReadable(property.declaration)) throw new ThingError('invalid', `${property.who} is write-only`);
    if (uriVariables) checkVariables(uriVariables, property.variables, property.who);
    return property.read(context, uriVariables);
  }

  #write({ name, value, uriVariables = NO_VARIABLES }: WriteProperty, context: Context): Answer | Promise<Answer> {
    const property = propertyNamed(this.#interior, name);
    this.#interior.permission.demand('writeproperty', context, name);
    const refusal = property.refusal(value);
    if (refusal) throw refusal;
    checkVariables(uriVariables, property.variables, property.who);
    const done = property.write(value, { principal: context.principal, uriVariables });
    return isPromise(done) ? done.then(toAnswer) : toAnswer(done);
  }

  #invoke({ name, input, uriVariables = NO_VARIABLES }: InvokeAction, context: Context): Answer | Promise<Answer> {
    const action = actionNamed(this.#interior, name);
    this.#interior.permission.demand('invokeaction', context, name);
    checkVariables(uriVariables, action.variables, action.who);
    return action.invoke(input, { principal: context.principal, uriVariables });
  }
}

const toAnswer = (reading: Reading | undefined): Answer => reading ?? {};
