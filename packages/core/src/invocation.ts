import type { InvocationFailure, InvocationStatus } from './channel.js';
import type { Principal } from './principal.js';
import type { ThingError } from './thing-error.js';

/** One run of an asynchronous action. */
export class Invocation {
  state: InvocationStatus['state'] = 'pending';
  output: unknown;
  error: InvocationFailure | undefined;
  /** Milliseconds since 1970; undefined while it has not ended. */
  ended: number | undefined;
  readonly #abort = new AbortController();

  constructor(
    readonly id: string,
    readonly action: string,
    readonly input: unknown,
    readonly invoker: Principal,
    /** Milliseconds since 1970. */
    readonly requested: number,
  ) {}

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
      timeRequested: new Date(this.requested).toISOString(),
      ...(this.ended !== undefined ? { timeEnded: new Date(this.ended).toISOString() } : {}),
    };
  }
}
