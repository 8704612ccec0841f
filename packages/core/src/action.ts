import type { InvocationStatus } from './channel.js';
import type { Access, ActionHandlers } from './implementation.js';
import { Invocation } from './invocation.js';
import { Invocations } from './invocations.js';
import { isJSONValue } from './json-value.js';
import type { KeptInvocation } from './memory.js';
import { isCancelable } from './model.js';
import type { PreparedAction, VariableChecks } from './prepared-model.js';
import { isPromise } from './promise.js';
import { RunQueue } from './run-queue.js';
import { tellEnd } from './tell-end.js';
import { ThingError } from './thing-error.js';

/** What an action needs of its Thing. */
export interface ActionHost {
  /** How the Thing is called in messages. */
  readonly title: string;
  readonly checkOutputs: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  newID(): string;
  /** Keeps how an invocation stands. Absent, as the next two, where nothing outlives the process. */
  readonly keep?: (invocation: Invocation) => void;
  /** What to wait for until that is kept; undefined if it is. */
  readonly kept?: () => Promise<void> | undefined;
  /** Forgets an invocation that was kept. */
  readonly forget?: (actionID: string) => void;
  /** Tells those who may know how an invocation goes on. */
  report(invocation: Invocation, more?: { readonly progress?: unknown; readonly log?: string }): void;
  warn(details: object, message: string): void;
}

/** What came of an invocation request: the output of a synchronous action, or how an asynchronous one stands. */
export type Invoked = { readonly output: unknown } | { readonly status: InvocationStatus };

/** One action of a Thing at work: its invocations, those that wait, those that ended a while ago. */
export class Action {
  readonly #prepared: PreparedAction;
  readonly #handlers: ActionHandlers;
  readonly #host: ActionHost;
  readonly #closed: AbortSignal;
  readonly #invocations: Invocations;
  readonly #queue: RunQueue;

  constructor(
    readonly name: string,
    parts: { readonly prepared: PreparedAction; readonly implementation: ActionHandlers; readonly closed: AbortSignal },
    host: ActionHost,
  ) {
    const { concurrency = 1000, queue = 64 } = parts.implementation;
    if (!(concurrency >= 1))
      throw new RangeError(`Action '${name}' of '${host.title}': concurrency has to be at least 1`);
    if (!(queue >= 0)) throw new RangeError(`Action '${name}' of '${host.title}': queue cannot be negative`);
    this.#prepared = parts.prepared;
    this.#handlers = parts.implementation;
    this.#closed = parts.closed;
    this.#host = host;
    this.#invocations = new Invocations(parts.implementation.retain ?? {}, host);
    this.#queue = new RunQueue({ concurrency, queue }, (invocation) => this.#carryOut(invocation));
  }

  /** Those that are kept. */
  get invocations(): Pick<Invocations, 'find' | 'has' | 'list'> {
    return this.#invocations;
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
      acknowledge() {},
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
    if (this.#queue.isFull) {
      const { concurrency, queue } = this.#queue.limits;
      throw new ThingError('unavailable', `${this.who} is busy: ${concurrency} at once, ${queue} waiting`);
    }
    const invocation = new Invocation(this.#host.newID(), this.name, input, { access, requested: this.#host.now() });
    this.#invocations.add(invocation);
    this.#queue.announce(invocation);
    const { status } = invocation;
    this.#beginOnceKept(invocation);
    return status;
  }

  /** Nothing runs that could be forgotten: an invocation begins when it is kept, and after its request has been answered. */
  #beginOnceKept(invocation: Invocation): void {
    this.#host.keep?.(invocation);
    const kept = this.#host.kept?.();
    if (kept) {
      const fail = (thrown: unknown): void =>
        this.#abandon(invocation, ThingError.from(thrown, `${this.who} cannot begin`));
      kept.then(() => setTimeout(() => this.#begin(invocation)), fail);
    } else {
      queueMicrotask(() => this.#begin(invocation));
    }
  }

  /** Ends an invocation that has not begun. */
  #abandon(invocation: Invocation, reason: ThingError): void {
    this.#queue.remove(invocation);
    this.#end(invocation, () => invocation.fail(reason, this.#host.now()));
    invocation.abort(reason);
  }

  /** After its request has been answered: tells that it waits, and starts it if it is its turn. */
  #begin(invocation: Invocation): void {
    if (invocation.isOver) return;
    if (invocation.state === 'pending') this.#host.report(invocation);
    this.#queue.add(invocation);
    this.#queue.startNext();
  }

  async #carryOut(invocation: Invocation): Promise<void> {
    invocation.called = true;
    const isUntaken = this.#prepared.declaration.acknowledged && invocation.state === 'pending';
    if (isUntaken) this.#host.keep?.(invocation);
    else this.#start(invocation);
    const { id, signal, invoker, uriVariables, resumed, progress: before } = invocation;
    try {
      const output = await this.#handlers.run(invocation.input, {
        id,
        principal: invoker,
        uriVariables,
        signal,
        ...(resumed ? { resumed: before === undefined ? {} : { progress: before } } : {}),
        acknowledge: () => {
          if (invocation.state === 'pending') this.#start(invocation);
        },
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
  }

  #start(invocation: Invocation): void {
    invocation.start(this.#host.now());
    this.#host.keep?.(invocation);
    this.#host.report(invocation);
  }

  #end(invocation: Invocation, settle: () => void): void {
    if (invocation.isOver || this.#isSuspended) return;
    settle();
    this.#invocations.ended(invocation);
    this.#host.keep?.(invocation);
    tellEnd(invocation, this.#host, this.#closed);
  }

  /** Whether what is unfinished waits to be begun again when the Thing is opened the next time. */
  get #isSuspended(): boolean {
    return this.#closed.aborted && this.#handlers.resumable === true && this.#host.keep !== undefined;
  }

  #tell(invocation: Invocation, more: { readonly progress?: unknown; readonly log?: string }): void {
    if (invocation.isOver) return;
    const check = this.#prepared.progress;
    if (this.#host.checkOutputs && check && 'progress' in more && !check.fits(more.progress)) {
      this.#host.warn({ action: this.name, faults: check.faults(more.progress) }, 'progress breaks its schema');
    }
    if ('progress' in more) invocation.progress = more.progress;
    if (more.log !== undefined) invocation.addLine(more.log, this.#host.now());
    this.#host.keep?.(invocation);
    this.#host.report(invocation, more);
  }

  /** Tells whether an input fits what is declared; where no input is, nothing does but undefined. */
  fits(input: unknown): boolean {
    const check = this.#prepared.input;
    return check && input !== undefined ? check.fits(input) : !check && input === undefined;
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
    this.#abandon(invocation, new ThingError('aborted', `${this.who} was cancelled`));
  }

  #refuseIfOver(invocation: Invocation): void {
    if (invocation.isOver)
      throw new ThingError('conflict', `Invocation '${invocation.id}' of ${this.who} has already ${invocation.state}`);
  }

  /** Takes back what was kept: what is over can be queried again, what is not is begun again or failed. */
  restore(kept: readonly KeptInvocation[]): void {
    const reason = new ThingError('unavailable', `${this.who} was interrupted by a restart`);
    for (const invocation of kept.map(Invocation.of)) {
      this.#invocations.add(invocation);
      if (invocation.isOver) {
        this.#invocations.ended(invocation);
      } else if (this.#handlers.resumable) {
        invocation.resumed = invocation.called;
        this.#queue.announce(invocation);
        queueMicrotask(() => this.#begin(invocation));
      } else {
        this.#end(invocation, () => invocation.fail(reason, this.#host.now()));
      }
    }
  }

  /** Ends all that wait or run, because the Thing is closed: fails them, or leaves them to be begun again. */
  close(): void {
    const reason = new ThingError('unavailable', `${this.who} was ended: its Thing was closed`);
    this.#queue.clear();
    for (const invocation of this.#invocations.all) {
      if (!invocation.isOver) this.#abandon(invocation, reason);
    }
  }
}
