import type { InvocationStatus } from './channel.js';
import type { Access, Run } from './implementation.js';
import { Invocation } from './invocation.js';
import { isJSONValue } from './json-value.js';
import { isCancelable } from './model.js';
import type { PreparedAction, VariableChecks } from './prepared-model.js';
import { isPromise } from './promise.js';
import { ThingError } from './thing-error.js';

/** What an action needs of its Thing. */
export interface ActionHost {
  /** How the Thing is called in messages. */
  readonly title: string;
  readonly checkOutputs: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  newID(): string;
  /** Tells those who may know how an invocation goes on. */
  report(invocation: Invocation, more?: { readonly progress?: unknown; readonly log?: string }): void;
  warn(details: object, message: string): void;
}

/** The parts of an implementation, its types erased. */
export interface ActionHandlers {
  readonly run: (input: unknown, run: Run<unknown>) => unknown;
  readonly accept?: (input: unknown, access: Access) => void;
  readonly cancel?: (invocation: { readonly id: string; readonly input: unknown }) => unknown;
  readonly concurrency?: number;
  readonly queue?: number;
  readonly retain?: { readonly count?: number; readonly age?: number };
}

/** What came of an invocation request: the output of a synchronous action, or how an asynchronous one stands. */
export type Invoked = { readonly output: unknown } | { readonly status: InvocationStatus };

/** One action of a Thing at work: its invocations, those that wait, those that ended a while ago. */
export class Action {
  readonly #prepared: PreparedAction;
  readonly #handlers: ActionHandlers;
  readonly #host: ActionHost;
  readonly #closed: AbortSignal;
  /** By id, oldest first. */
  readonly #invocations = new Map<string, Invocation>();
  /** Those that have not started, first come first. */
  readonly #waiting: { readonly invocation: Invocation; readonly access: Access }[] = [];
  /** Those that are over and still kept, in the order of their end. */
  readonly #over: Invocation[] = [];
  /** Those that were cancelled and are still kept, in the order of their end. */
  readonly #cancelled: Invocation[] = [];
  #running = 0;

  constructor(
    readonly name: string,
    parts: { readonly prepared: PreparedAction; readonly implementation: ActionHandlers; readonly closed: AbortSignal },
    host: ActionHost,
  ) {
    const { concurrency = 1, queue = 0 } = parts.implementation;
    if (!(concurrency >= 1))
      throw new RangeError(`Action '${name}' of '${host.title}': concurrency has to be at least 1`);
    if (!(queue >= 0)) throw new RangeError(`Action '${name}' of '${host.title}': queue cannot be negative`);
    this.#prepared = parts.prepared;
    this.#handlers = parts.implementation;
    this.#closed = parts.closed;
    this.#host = host;
  }

  get variables(): VariableChecks {
    return this.#prepared.variables;
  }

  /** How it is called in messages. */
  get who(): string {
    return `Action '${this.name}' of '${this.#host.title}'`;
  }

  /** Starts the action, or lets it wait for its turn. Throws or rejects with a ThingError. */
  invoke(input: unknown, access: Access): Invoked | Promise<Invoked> {
    const checked = this.#prepared.input ? input : undefined;
    const faults = this.#inputFaults(checked);
    if (faults) {
      const first = faults[0];
      const why = first ? `: ${first.path || 'the input'} ${first.message}` : '';
      throw new ThingError('invalid', `${this.who} cannot take that input${why}`, { faults });
    }
    try {
      this.#handlers.accept?.(checked, access);
    } catch (thrown) {
      throw ThingError.from(thrown, `${this.who} refused the request`);
    }
    if (this.#prepared.declaration.synchronous) return this.#runNow(checked, access);
    return { status: this.#enqueue(checked, access) };
  }

  #inputFaults(input: unknown): ReturnType<NonNullable<PreparedAction['input']>['faults']> | undefined {
    const check = this.#prepared.input;
    if (!check || this.fits(input)) return undefined;
    return input === undefined ? [{ path: '', message: 'is missing' }] : check.faults(input);
  }

  #runNow(input: unknown, access: Access): Invoked | Promise<Invoked> {
    const fail = (thrown: unknown): never => {
      throw ThingError.from(thrown, `${this.who} failed`);
    };
    const finish = (output: unknown): Invoked => ({ output: this.#checkedOutput(output) });
    const { principal, uriVariables } = access;
    const run = {
      id: this.#host.newID(),
      principal,
      uriVariables,
      signal: this.#closed,
      progress() {},
      log() {},
    };
    try {
      const output = this.#handlers.run(input, run);
      return isPromise(output) ? Promise.resolve(output).then(finish).catch(fail) : finish(output);
    } catch (thrown) {
      return fail(thrown);
    }
  }

  #checkedOutput(output: unknown): unknown {
    const check = this.#prepared.output;
    if (!check) return undefined;
    if ((this.#host.checkOutputs || !isJSONValue(output)) && !check.fits(output)) {
      throw new ThingError('failed', `${this.who} gave an output that breaks its schema`, {
        faults: check.faults(output),
      });
    }
    return output;
  }

  #enqueue(input: unknown, access: Access): InvocationStatus {
    this.#prune();
    const { queue = 64 } = this.#handlers;
    // Those that start in this tick wait as well.
    if (this.#running + this.#waiting.length >= this.#concurrency + queue) {
      throw new ThingError('unavailable', `${this.who} is busy: ${this.#concurrency} at once, ${queue} waiting`);
    }
    const invocation = new Invocation(this.#host.newID(), this.name, input, access.principal, this.#host.now());
    this.#invocations.set(invocation.id, invocation);
    this.#waiting.push({ invocation, access });
    const { status } = invocation;
    queueMicrotask(() => this.#begin(invocation));
    return status;
  }

  get #concurrency(): number {
    return this.#handlers.concurrency ?? 1000;
  }

  /** After its request has been answered: tells that it waits, and starts it if it is its turn. */
  #begin(invocation: Invocation): void {
    if (invocation.state === 'pending') this.#host.report(invocation);
    this.#startNext();
  }

  #startNext(): void {
    while (this.#running < this.#concurrency) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#running++;
      next.invocation.start(this.#host.now());
      this.#host.report(next.invocation);
      void this.#carryOut(next.invocation, next.access);
    }
  }

  async #carryOut(invocation: Invocation, { principal, uriVariables }: Access): Promise<void> {
    const { id, signal } = invocation;
    try {
      const output = await this.#handlers.run(invocation.input, {
        id,
        principal,
        uriVariables,
        signal,
        progress: (progress) => this.#tell(invocation, { progress }),
        log: (log) => this.#tell(invocation, { log }),
      });
      this.#end(invocation, () => invocation.complete(this.#checkedOutput(output), this.#host.now()));
    } catch (thrown) {
      const error = ThingError.from(thrown, `${this.who} failed`);
      if (error.code === 'failed' && !invocation.isOver) {
        this.#host.warn({ action: this.name, actionID: id, error: thrown }, 'an action failed');
      }
      this.#end(invocation, () => invocation.fail(error, this.#host.now()));
    }
    this.#running--;
    this.#startNext();
  }

  #end(invocation: Invocation, settle: () => void): void {
    if (invocation.isOver) return;
    settle();
    (invocation.cancelled ? this.#cancelled : this.#over).push(invocation);
    this.#host.report(invocation);
    this.#prune();
  }

  #tell(invocation: Invocation, more: { readonly progress?: unknown; readonly log?: string }): void {
    if (invocation.isOver) return;
    const check = this.#prepared.progress;
    if (this.#host.checkOutputs && check && 'progress' in more && !check.fits(more.progress)) {
      this.#host.warn({ action: this.name, faults: check.faults(more.progress) }, 'progress breaks its schema');
    }
    if ('progress' in more) invocation.progress = more.progress;
    if (more.log !== undefined) invocation.addLine(more.log, this.#host.now());
    this.#host.report(invocation, more);
  }

  /** The invocation with that id, if it is kept; one that was cancelled only if those are asked for. */
  find(id: string, evenCancelled = false): Invocation | undefined {
    this.#prune();
    const invocation = this.#invocations.get(id);
    return invocation?.cancelled && !evenCancelled ? undefined : invocation;
  }

  /** Tells whether an invocation with that id is kept, be it cancelled. */
  has(id: string): boolean {
    return this.#invocations.has(id);
  }

  /** Tells whether an input fits what is declared; where no input is, nothing does but undefined. */
  fits(input: unknown): boolean {
    const check = this.#prepared.input;
    return check && input !== undefined ? check.fits(input) : !check && input === undefined;
  }

  /** All that are kept, newest first; those that were cancelled only if they are asked for. */
  list(evenCancelled = false): readonly Invocation[] {
    this.#prune();
    return [...this.#invocations.values()].filter(({ cancelled }) => evenCancelled || !cancelled).reverse();
  }

  /** Ends an invocation; queries find it no more. Rejects with a ThingError if it is over, or if the action refuses. */
  async cancel(invocation: Invocation): Promise<void> {
    const { id, input } = invocation;
    if (!isCancelable(this.#prepared.declaration)) throw new ThingError('invalid', `${this.who} cannot be cancelled`);
    this.#refuseIfOver(invocation);
    try {
      await this.#handlers.cancel?.({ id, input });
    } catch (thrown) {
      throw ThingError.from(thrown, `${this.who} could not be cancelled`);
    }
    this.#refuseIfOver(invocation);
    invocation.cancelled = true;
    const place = this.#waiting.findIndex((entry) => entry.invocation === invocation);
    if (place >= 0) this.#waiting.splice(place, 1);
    const reason = new ThingError('aborted', `${this.who} was cancelled`);
    this.#end(invocation, () => invocation.fail(reason, this.#host.now()));
    invocation.abort(reason);
  }

  #refuseIfOver(invocation: Invocation): void {
    if (invocation.isOver)
      throw new ThingError('conflict', `Invocation '${invocation.id}' of ${this.who} has already ${invocation.state}`);
  }

  /** Fails all that wait or run, because the Thing is closed. */
  close(): void {
    const reason = new ThingError('unavailable', `${this.who} was ended: its Thing was closed`);
    this.#waiting.length = 0;
    for (const invocation of this.#invocations.values()) {
      if (invocation.isOver) continue;
      this.#end(invocation, () => invocation.fail(reason, this.#host.now()));
      invocation.abort(reason);
    }
  }

  /** Forgets what ended too long ago, or too many before; the last one that ended always stays. */
  #prune(): void {
    const { count = 100 } = this.#handlers.retain ?? {};
    this.#forget(this.#over, Math.max(count, 1), 1);
    this.#forget(this.#cancelled, count, 0);
  }

  /** Forgets the first ones of a list that are too old or too many, but leaves `least` of them. */
  #forget(list: Invocation[], most: number, least: number): void {
    const { age = 3_600_000 } = this.#handlers.retain ?? {};
    const earliest = this.#host.now() - age;
    for (let oldest = list[0]; oldest && list.length > least; oldest = list[0]) {
      if (list.length <= most && (oldest.ended ?? earliest) >= earliest) return;
      list.shift();
      this.#invocations.delete(oldest.id);
    }
  }
}
