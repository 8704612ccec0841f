import type { InvocationFailure, InvocationStatus, LogLine } from './channel.js';
import type { Access } from './implementation.js';
import type { KeptInvocation } from './memory.js';
import type { UriVariables } from './operation.js';
import type { Principal } from './principal.js';
import type { ThingError } from './thing-error.js';

const MAX_LINES = 1000;

/** One run of an asynchronous action. */
export class Invocation implements KeptInvocation {
  state: InvocationStatus['state'] = 'pending';
  output: unknown;
  error: InvocationFailure | undefined;
  /** Whether its handler was called, in this process or in one before. */
  called = false;
  /** Milliseconds since 1970; undefined while it does not run. The first time, for one that goes on after a restart. */
  started: number | undefined;
  /** Milliseconds since 1970; undefined while it is not over. */
  ended: number | undefined;
  /** Forgotten by the protocols that have no word for it. */
  cancelled = false;
  /** Milliseconds since 1970. */
  readonly requested: number;
  progress: unknown;
  /** Whether it is over and could still be forgotten: neither told nor shown before it is kept. */
  isUnkept = false;
  /** Whether the process in which it began has ended before it did. */
  resumed = false;
  readonly invoker: Principal;
  readonly uriVariables: UriVariables;
  readonly #log: LogLine[] = [];
  readonly #abort = new AbortController();

  constructor(
    readonly id: string,
    readonly action: string,
    readonly input: unknown,
    { access, requested }: { readonly access: Access; readonly requested: number },
  ) {
    this.invoker = access.principal;
    this.uriVariables = access.uriVariables;
    this.requested = requested;
  }

  /** Brings back one that was kept. */
  static of({ status, invoker, uriVariables, cancelled, called }: KeptInvocation): Invocation {
    const { actionID, action, state, input, output, error, progress, log, timeRequested, timeStarted, timeEnded } =
      status;
    const access = { principal: invoker, uriVariables };
    const invocation = new Invocation(actionID, action, input, { access, requested: Date.parse(timeRequested) });
    invocation.state = state;
    invocation.output = output;
    invocation.error = error;
    invocation.progress = progress;
    invocation.cancelled = cancelled;
    invocation.started = timeStarted === undefined ? undefined : Date.parse(timeStarted);
    invocation.called = called ?? timeStarted !== undefined;
    invocation.ended = timeEnded === undefined ? undefined : Date.parse(timeEnded);
    invocation.#log.push(...(log ?? []));
    return invocation;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isOver(): boolean {
    return this.ended !== undefined;
  }

  /** Fires the handler's signal. */
  abort(reason: ThingError): void {
    this.#abort.abort(reason);
  }

  start(now: number): void {
    this.state = 'running';
    this.started ??= now;
  }

  /** Adds a line to its log; the oldest of more than a thousand goes. */
  addLine(message: string, now: number): void {
    if (this.#log.push({ message, time: new Date(now).toISOString() }) > MAX_LINES) this.#log.shift();
  }

  complete(output: unknown, now: number): void {
    this.state = 'completed';
    this.output = output;
    this.ended = now;
  }

  fail(error: ThingError, now: number): void {
    this.state = 'failed';
    this.error = { code: error.code, detail: error.detail, ...(error.faults ? { faults: error.faults } : {}) };
    this.ended = now;
  }

  /** A snapshot of how it stands. */
  get status(): InvocationStatus {
    return {
      actionID: this.id,
      action: this.action,
      state: this.state,
      ...(this.output === undefined ? {} : { output: this.output }),
      ...(this.error ? { error: this.error } : {}),
      ...(this.input === undefined ? {} : { input: this.input }),
      ...(this.progress === undefined ? {} : { progress: this.progress }),
      ...(this.#log.length === 0 ? {} : { log: this.#log }),
      timeRequested: new Date(this.requested).toISOString(),
      ...(this.started === undefined ? {} : { timeStarted: new Date(this.started).toISOString() }),
      ...(this.ended !== undefined ? { timeEnded: new Date(this.ended).toISOString() } : {}),
    };
  }
}
