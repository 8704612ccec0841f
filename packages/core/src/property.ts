import { Observable, Subject, type Subscription } from 'rxjs';
import type { Change } from './change.js';
import type { Access } from './implementation.js';
import { isObservable } from './model.js';
import type { Notification } from './notification.js';
import type { PreparedProperty } from './prepared-model.js';
import { sameValue } from './same-value.js';
import { ThingError } from './thing-error.js';

/** What a property needs of its Thing. */
export interface PropertyHost {
  /** How the Thing is called in messages. */
  readonly title: string;
  readonly checkOutputs: boolean;
  /** Makes a Change of this moment and records it. */
  record(name: string, value: unknown): Change;
  /** Tells all who observe every property. */
  announce(change: Change): void;
  /** Microseconds since 1970. */
  tick(): number;
  formatTime(micros: number): string;
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

/** One property of a Thing at work: its last value, its readers, its writes in order. */
export class Property {
  readonly #prepared: PreparedProperty;
  readonly #parts: PropertyParts;
  readonly #host: PropertyHost;
  readonly #changes = new Subject<Notification>();
  readonly #observed: boolean;
  #source: Subscription | undefined;
  #value: unknown;
  #micros = 0;
  #failure: ThingError | undefined;
  #lastWrite: Promise<unknown> | undefined;

  constructor(
    readonly name: string,
    parts: { readonly prepared: PreparedProperty; readonly implementation: PropertyParts },
    host: PropertyHost,
  ) {
    this.#prepared = parts.prepared;
    this.#parts = parts.implementation;
    this.#host = host;
    this.#observed = isObservable(parts.prepared.declaration);
  }

  /** Begins to follow the value. */
  start(): void {
    this.#source = this.#parts.value?.subscribe({
      next: (value) => this.#take(value),
      error: (error: unknown) => {
        this.#failure = ThingError.from(error, `${this.#who} cannot be read`);
        this.#host.warn({ property: this.name, error }, 'the stream of a property failed');
      },
    });
  }

  /** Ends the streams of all who observe. */
  stop(): void {
    this.#source?.unsubscribe();
    this.#changes.complete();
  }

  /** The changes from now on. */
  get changes(): Observable<Notification> {
    return this.#changes.asObservable();
  }

  get #who(): string {
    return `Property '${this.name}' of '${this.#host.title}'`;
  }

  /** The present value. Throws or rejects with a ThingError: `unavailable` if there is none yet. */
  read(access: Access): Reading | Promise<Reading> {
    if (this.#failure) throw this.#failure;
    if (this.#parts.read) return this.#fetch(this.#parts.read, access);
    if (this.#micros === 0) throw new ThingError('unavailable', `${this.#who} has no value yet`);
    return { value: this.#value, time: this.#host.formatTime(this.#micros) };
  }

  /** Tells whether a bulk read has something to answer. */
  get hasValue(): boolean {
    return this.#parts.read !== undefined || this.#micros !== 0 || this.#failure !== undefined;
  }

  #fetch(read: (access: Access) => unknown, access: Access): Reading | Promise<Reading> {
    const fail = (thrown: unknown): never => {
      throw ThingError.from(thrown, `${this.#who} could not be read`);
    };
    try {
      const value = read(access);
      return isPromise(value) ? value.then((v) => this.#fetched(v)).catch(fail) : this.#fetched(value);
    } catch (thrown) {
      return fail(thrown);
    }
  }

  #fetched(value: unknown): Reading {
    this.#checkOutput(value);
    return { value };
  }

  #checkOutput(value: unknown): void {
    if (this.#host.checkOutputs && !this.#prepared.check.fits(value)) {
      const faults = this.#prepared.check.faults(value);
      throw new ThingError('failed', `${this.#who} gave a value that breaks its schema`, { faults });
    }
  }

  #take(value: unknown): void {
    try {
      this.#checkOutput(value);
    } catch (error) {
      this.#host.warn({ property: this.name, error }, 'a value was dropped');
      return;
    }
    const first = this.#micros === 0;
    if (!first && sameValue(value, this.#value, this.#prepared.declaration.ignoreChangesOf)) {
      this.#value = value;
      this.#micros = this.#host.tick();
      return;
    }
    this.#value = value;
    if (!this.#observed) {
      this.#micros = this.#host.tick();
      return;
    }
    const change = this.#host.record(this.name, value);
    this.#micros = change.micros;
    this.#changes.next(change);
    this.#host.announce(change);
  }

  /** Names what is wrong with a value to be written; nothing if it fits. */
  refusal(value: unknown): ThingError | undefined {
    if (this.#prepared.check.fits(value)) return undefined;
    const faults = this.#prepared.check.faults(value);
    const first = faults[0];
    const why = first ? `: ${first.path || 'the value'} ${first.message}` : '';
    return new ThingError('invalid', `${this.#who} cannot take that value${why}`, { faults });
  }

  /** Sets a value that fits, after the writes before it. Gives what was really set, if that is known. */
  write(value: unknown, access: Access): Reading | undefined | Promise<Reading | undefined> {
    const write = this.#parts.write;
    if (!write) throw new ThingError('invalid', `${this.#who} cannot be written`);
    if (this.#lastWrite === undefined) {
      const done = this.#writeNow(write, value, access);
      if (!isPromise(done)) return done;
      return this.#inTurn(done);
    }
    return this.#inTurn(this.#lastWrite.then(() => this.#writeNow(write, value, access)));
  }

  async #inTurn(done: Promise<Reading | undefined>): Promise<Reading | undefined> {
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

  #writeNow(
    write: (value: unknown, access: Access) => unknown,
    value: unknown,
    access: Access,
  ): Reading | undefined | Promise<Reading | undefined> {
    const fail = (thrown: unknown): never => {
      throw ThingError.from(thrown, `${this.#who} could not be written`);
    };
    try {
      const set = write(value, access);
      return isPromise(set) ? set.then((v) => this.#confirmed(v, value)).catch(fail) : this.#confirmed(set, value);
    } catch (thrown) {
      return fail(thrown);
    }
  }

  /** What a writer may be told: what the handler gave back, or the present value if that is now the one written. */
  #confirmed(set: unknown, written: unknown): Reading | undefined {
    if (this.#prepared.declaration.writeOnly) return undefined;
    if (set !== undefined) return { value: set };
    return this.#micros !== 0 && sameValue(this.#value, written) ? { value: this.#value } : undefined;
  }
}

/** Tells whether a handler answers later. */
export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
