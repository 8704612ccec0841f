import type { Observable, Unsubscribable } from 'rxjs';
import type { Origin } from './change.js';
import type { Context } from './channel.js';
import { formatMicroseconds } from './clock.js';
import type { Access } from './implementation.js';
import { isJSONValue } from './json-value.js';
import type { KeptValue } from './memory.js';
import { isObservable, isWritable, type PropertyDeclaration } from './model.js';
import type { Notification } from './notification.js';
import { NotificationStream } from './notification-stream.js';
import type { UriVariables } from './operation.js';
import type { PreparedProperty, VariableChecks } from './prepared-model.js';
import { isPromise } from './promise.js';
import type { Follower, Recorder } from './recorder.js';
import { sameValue } from './same-value.js';
import { type StateListener, StateStream } from './state.js';
import { StatePart } from './states.js';
import { ThingError } from './thing-error.js';
import { NO_VARIABLES } from './uri-variables.js';

/** What a property needs of its Thing. */
export interface PropertyHost {
  /** The Thing's id. */
  readonly id: string;
  /** How the Thing is called in messages. */
  readonly title: string;
  readonly recorder: Recorder;
  warn(details: object, message: string): void;
}

/** The parts of an implementation, its types erased: core's one seam is in `expose`. */
export interface PropertyParts {
  readonly value?: Observable<unknown>;
  readonly read?: (access: Access) => unknown;
  readonly write?: (value: unknown, access: Access) => unknown;
}

/** A value with the time it was measured. */
export interface Reading {
  readonly value: unknown;
  readonly time?: string;
}

/** What a write gives: what was really set, if that is known. */
type Written = Reading | undefined;

/** One property of a Thing at work: its last value, its readers, its writes in order. */
export class Property implements StateListener, Follower {
  readonly #prepared: PreparedProperty;
  readonly #parts: PropertyParts;
  readonly #host: PropertyHost;
  readonly origin: Origin;
  readonly #observed: boolean;
  /** Made for the first who observes: most properties have nobody. */
  stream: NotificationStream | undefined;
  #source: Unsubscribable | undefined;
  /** What has the value, if that is not kept here. */
  #part: StatePart<unknown> | undefined;
  #value: unknown;
  /** When the value was pushed; 0 while there is none. */
  #micros = 0;
  /** The value as it is answered, made at its first read, and when it was pushed. */
  #reading: Reading | undefined;
  #readingMicros = 0;
  #failure: ThingError | undefined;
  #lastWrite: Promise<unknown> | undefined;
  #stopped = false;

  constructor(
    readonly name: string,
    parts: {
      readonly prepared: PreparedProperty;
      readonly implementation: PropertyParts;
      /** What it had before the process began. */
      readonly kept?: KeptValue | undefined;
    },
    host: PropertyHost,
  ) {
    this.#prepared = parts.prepared;
    this.#parts = parts.implementation;
    this.#host = host;
    this.origin = { thing: host.id, kind: 'property', name };
    this.#observed = isObservable(parts.prepared.declaration);
    const { kept } = parts;
    // The Model may be another one by now.
    if (kept && this.#prepared.check.fits(kept.value)) {
      this.#value = kept.value;
      this.#micros = kept.micros;
    }
  }

  /** Begins to follow the value. */
  start(): void {
    const { value: source } = this.#parts;
    if (source instanceof StateStream && source.listen(this)) {
      this.#source = { unsubscribe: () => source.unlisten(this) };
      return;
    }
    if (source instanceof StatePart && this.#observed && source.follow(this)) {
      this.#part = source;
      this.#source = { unsubscribe: () => source.unfollow(this) };
      return;
    }
    this.#source = source?.subscribe({
      next: (value) => this.take(value),
      error: (error: unknown) => {
        this.#failure = ThingError.from(error, `${this.who} cannot be read`);
        this.#host.warn({ property: this.name, error }, 'the stream of a property failed');
      },
    });
  }

  /** Ends the streams of all who observe, and refuses the writes that still wait. */
  stop(): void {
    this.#stopped = true;
    this.#source?.unsubscribe();
    this.stream ??= new NotificationStream(this.recorder);
    this.stream.end();
  }

  get declaration(): PropertyDeclaration {
    return this.#prepared.declaration;
  }

  get variables(): VariableChecks {
    return this.#prepared.variables;
  }

  get ignore(): readonly string[] | undefined {
    return this.declaration.ignoreChangesOf;
  }

  get recorder(): Recorder {
    return this.#host.recorder;
  }

  /** What it had before the process began. */
  get kept(): KeptValue {
    return { value: this.#value, micros: this.#micros };
  }

  get #held(): KeptValue {
    return this.#part ? { value: this.#part.present, micros: this.#part.micros } : this.kept;
  }

  /** How it is called in messages. */
  get who(): string {
    return `Property '${this.name}' of '${this.#host.title}'`;
  }

  /** The changes from now on. */
  get changes(): Observable<Notification> {
    if (!this.stream) {
      this.stream = new NotificationStream(this.recorder);
      this.#part?.tellOn(this.stream);
    }
    return this.stream.notifications;
  }

  /** The present value. Throws or rejects with a ThingError: `unavailable` if there is none yet. */
  read(context: Context, uriVariables?: UriVariables): Reading | Promise<Reading> {
    const found = this.find(context, uriVariables);
    return isPromise(found) ? found.then((reading) => this.#demanded(reading)) : this.#demanded(found);
  }

  #demanded(reading: Reading | undefined): Reading {
    if (reading === undefined) throw new ThingError('unavailable', `${this.who} has no value yet`);
    return reading;
  }

  /** The present value; undefined if there is none yet. Throws or rejects with a ThingError. */
  find(context: Context, uriVariables?: UriVariables): Reading | undefined | Promise<Reading | undefined> {
    if (this.#failure) throw this.#failure;
    if (this.#parts.read) return this.#fetch(this.#parts.read, context, uriVariables);
    const { value, micros } = this.#held;
    if (micros === 0) return undefined;
    if (!this.#reading || micros !== this.#readingMicros) {
      this.#reading = { value, time: formatMicroseconds(micros) };
      this.#readingMicros = micros;
    }
    return this.#reading;
  }

  #fetch(
    read: (access: Access) => unknown,
    { principal }: Context,
    uriVariables: UriVariables = NO_VARIABLES,
  ): Reading | undefined | Promise<Reading | undefined> {
    const fail = (thrown: unknown): never => {
      throw ThingError.from(thrown, `${this.who} could not be read`);
    };
    try {
      const value = read({ principal, uriVariables });
      return isPromise(value)
        ? Promise.resolve(value)
            .then((v) => this.#fetched(v))
            .catch(fail)
        : this.#fetched(value);
    } catch (thrown) {
      return fail(thrown);
    }
  }

  #fetched(value: unknown): Reading | undefined {
    if (value === undefined) return undefined;
    const error = this.#outputFault(value);
    if (error) throw error;
    return { value };
  }

  #outputFault(value: unknown): ThingError | undefined {
    const { check } = this.#prepared;
    if (isJSONValue(value) && (!this.#host.recorder.checkOutputs || check.fits(value))) return undefined;
    return new ThingError('failed', `${this.who} gave a value that breaks its schema`, { faults: check.faults(value) });
  }

  accepts(value: unknown): boolean {
    const error = this.#outputFault(value);
    if (error) this.#host.warn({ property: this.name, error, faults: error.faults }, 'a value was dropped');
    return error === undefined;
  }

  /** Takes over a value that is pushed; tells of it if it is a change. One that contains itself, or is too deep to be written, is dropped. */
  take(value: unknown): void {
    if (!this.accepts(value)) return;
    const { recorder } = this;
    const before = this.#value;
    try {
      const isSame = this.#micros !== 0 && sameValue(value, before, this.ignore);
      this.#value = value;
      this.#micros = isSame || !this.#observed ? recorder.tick() : recorder.record(this, value);
    } catch (error) {
      this.#value = before;
      this.#host.warn({ property: this.name, error }, 'a value was dropped');
    }
  }

  /** Tells whether a value fits the schema. */
  fits(value: unknown): boolean {
    return this.#prepared.check.fits(value);
  }

  /** Why it will not take a value; nothing if it will. */
  refusal(value: unknown): ThingError | undefined {
    if (!isWritable(this.declaration)) return new ThingError('invalid', `${this.who} is read-only`);
    if (this.fits(value)) return undefined;
    const faults = this.#prepared.check.faults(value);
    const first = faults[0];
    const why = first ? `: ${first.path || 'the value'} ${first.message}` : '';
    return new ThingError('invalid', `${this.who} cannot take that value${why}`, { faults });
  }

  /** Sets a value that fits, after the writes before it. Gives what was really set, if that is known. */
  write(value: unknown, access: Access): Written | Promise<Written> {
    if (this.#lastWrite === undefined) {
      const done = this.#writeNow(value, access);
      return isPromise(done) ? this.#inTurn(done) : done;
    }
    return this.#inTurn(this.#lastWrite.then(() => this.#writeNow(value, access)));
  }

  async #inTurn(done: Promise<Written>): Promise<Written> {
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    this.#lastWrite = settled;
    try {
      return await done;
    } finally {
      if (this.#lastWrite === settled) this.#lastWrite = undefined;
    }
  }

  #writeNow(value: unknown, access: Access): Written | Promise<Written> {
    if (!this.#parts.write) throw new ThingError('invalid', `${this.who} cannot be written`);
    if (this.#stopped) throw new ThingError('unavailable', `${this.who} was not written: its Thing was closed`);
    const fail = (thrown: unknown): never => {
      throw ThingError.from(thrown, `${this.who} could not be written`);
    };
    try {
      const set = this.#parts.write(value, access);
      return isPromise(set)
        ? Promise.resolve(set)
            .then((v) => this.#confirmed(v, value))
            .catch(fail)
        : this.#confirmed(set, value);
    } catch (thrown) {
      return fail(thrown);
    }
  }

  /** What a writer may be told: what the handler gave back, or the present value if that is now the one written. */
  #confirmed(set: unknown, written: unknown): Written {
    if (this.#prepared.declaration.writeOnly) return undefined;
    if (set !== undefined) return { value: set };
    const { value, micros } = this.#held;
    return micros !== 0 && sameValue(value, written) ? { value } : undefined;
  }
}
