import { type InvocationStatus, isMembers, ThingError, type UriVariables } from '@thingwright/core';
import { type Observable, ReplaySubject, type Subscription } from 'rxjs';
import { ACTION_STATUS, type ConsumedChannel } from './consumed-channel.js';
import { createDeferred } from './deferred.js';
import type { Schedule } from './schedule.js';

/** How an action is to be invoked. */
export interface InvokeOptions {
  /** Cancels the invocation, as far as the action allows, and rejects its `output` with `aborted` at once. */
  readonly signal?: AbortSignal;
  /** Values for the URI variables of its HTTP form. */
  readonly uriVariables?: UriVariables;
  /** Milliseconds that a synchronous action may take, or an asynchronous one to be accepted; default the client's. */
  readonly timeout?: number;
}

/**
 * One run of an action, which goes on at the Thing whatever becomes of us. An error arrives once: `output` rejects, `progress`
 * and `log` complete. A rejection that nobody looks at is no crash: who only follows the progress need not handle `output`.
 */
export interface Invocation<Output = unknown, Progress = unknown> {
  /** The invocation's id at the Thing. Rejects as `output` does if there is none: refused, or a synchronous action. */
  readonly id: Promise<string>;
  /** How far it is: the latest value first, completes at the end. Empty where the Thing does not tell. */
  readonly progress: Observable<Progress>;
  /** The lines of its log, from the start; completes at the end. */
  readonly log: Observable<string>;
  /** What came of it. Rejects with a ThingError: why it failed, `aborted` if it was cancelled, `disconnected` if we were closed. */
  readonly output: Promise<Output>;
  /** Asks how it stands. */
  status(): Promise<InvocationStatus>;
  /** Cancels it. Rejects with a ThingError if it is over (`conflict`), or if the action refuses. */
  cancel(): Promise<void>;
}

/** What is known of an action before it is invoked. */
export interface InvocationPlan {
  readonly name: string;
  readonly input: unknown;
  /** The answer comes at the end, says the TD. */
  readonly synchronous: boolean;
  /** The Thing tells of its invocations by the event `actionStatus`. */
  readonly hasStatusEvent: boolean;
  readonly schedule: Schedule;
}

/** Lines of log that a late subscriber still gets. */
const KEPT_LINES = 1000;
/** Events that may come before the id of their invocation is known. */
const KEPT_EARLY = 1000;
/** How long an invocation waits until its status can be heard (milliseconds); then it goes ahead, and asks. */
const PATIENCE = 2000;
/** Polling: first and longest interval in milliseconds, and how it grows. */
const POLL = { first: 250, longest: 10_000, growth: 1.6 } as const;

/** Errors after which a later query may succeed. */
const PASSING: ReadonlySet<string> = new Set<ThingError['code']>(['disconnected', 'timeout', 'unavailable', 'tooMany']);

/** Invokes an action, and follows it. */
export function invoke(channel: ConsumedChannel, plan: InvocationPlan, options: InvokeOptions = {}): Invocation {
  const run = new Run(channel, plan, options);
  run.start();
  return {
    id: run.id.promise,
    progress: run.progress,
    log: run.log,
    output: run.output.promise,
    status: () => run.status(),
    cancel: () => run.cancel(),
  };
}

class Run {
  readonly id = createDeferred<string>();
  readonly output = createDeferred<unknown>();
  readonly #progress = new ReplaySubject<unknown>(1);
  readonly #log = new ReplaySubject<string>(KEPT_LINES);
  readonly #channel: ConsumedChannel;
  readonly #plan: InvocationPlan;
  readonly #options: InvokeOptions;
  #actionID: string | undefined;
  #early: unknown[] = [];
  #isOver = false;
  #follows = false;
  #isAsking = false;
  #askAgain = false;
  #interval: number = POLL.first;
  #cancelPoll: () => void = () => {};
  #watching: Subscription | undefined;
  readonly #closing: Subscription;

  constructor(channel: ConsumedChannel, plan: InvocationPlan, options: InvokeOptions) {
    this.#channel = channel;
    this.#plan = plan;
    this.#options = options;
    this.#closing = channel.closed.subscribe(() =>
      this.#fail(new ThingError('disconnected', `${this.#who}: its consumer was closed; the action goes on`)),
    );
  }

  get progress(): Observable<unknown> {
    return this.#progress.asObservable();
  }

  get log(): Observable<string> {
    return this.#log.asObservable();
  }

  get #who(): string {
    return `Action '${this.#plan.name}'`;
  }

  start(): void {
    const { signal } = this.#options;
    if (signal?.aborted) {
      this.#fail(this.#aborted(signal.reason));
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    const { hasStatusEvent, synchronous } = this.#plan;
    if (!hasStatusEvent || synchronous) this.#invoke();
    else this.#watch();
  }

  /** Listens before it asks, so that nothing is told unheard. */
  #watch(): void {
    let isInvoked = false;
    const invokeOnce = (): void => {
      if (isInvoked) return;
      isInvoked = true;
      this.#cancelPoll();
      if (!this.#isOver) this.#invoke();
    };
    this.#follows = true;
    this.#cancelPoll = this.#plan.schedule(invokeOnce, PATIENCE);
    this.#watching = this.#channel
      .observe({ op: 'subscribeevent', name: ACTION_STATUS }, (opening) => {
        if (opening !== 'new') this.#ask();
        invokeOnce();
      })
      .subscribe({
        next: ({ value }) => this.#heard(value),
        error: () => {
          this.#follows = false;
          if (isInvoked) this.#ask();
          invokeOnce();
        },
      });
  }

  #invoke(): void {
    const { name, input } = this.#plan;
    const { uriVariables, timeout } = this.#options;
    this.#channel
      .request(
        { op: 'invokeaction', name, input, ...(uriVariables ? { uriVariables } : {}) },
        timeout === undefined ? {} : { timeout },
      )
      .then(
        ({ status, output }) => (status ? this.#accepted(status) : this.#succeed(output)),
        (error: unknown) => this.#fail(ThingError.from(error, `${this.#who} could not be invoked`)),
      );
  }

  #accepted(status: InvocationStatus): void {
    this.#actionID = status.actionID;
    this.id.resolve(status.actionID);
    if (this.#isOver) {
      this.#cancelQuietly(status.actionID);
      return;
    }
    const early = this.#early;
    this.#early = [];
    for (const data of early) this.#heard(data);
    if (isEnded(status)) this.#settle(status);
    else if (!this.#follows) this.#pollLater();
  }

  #heard(data: unknown): void {
    if (this.#isOver || !isMembers(data)) return;
    if (this.#actionID === undefined) {
      if (this.#early.length < KEPT_EARLY) this.#early.push(data);
      return;
    }
    if (data.actionID !== this.#actionID) return;
    if (data.progress !== undefined) this.#progress.next(data.progress);
    if (typeof data.log === 'string') this.#log.next(data.log);
    if (data.state === 'completed' || data.state === 'failed') this.#ask();
  }

  /** Queries the invocation; calls that come meanwhile become one more query. */
  #ask(): void {
    const actionID = this.#actionID;
    if (this.#isOver || actionID === undefined) return;
    this.#cancelPoll();
    if (this.#isAsking) {
      this.#askAgain = true;
      return;
    }
    this.#isAsking = true;
    this.#askAgain = false;
    this.#query(actionID)
      .then(
        (status) => {
          if (isEnded(status)) this.#settle(status);
          else if (!this.#follows) this.#pollLater();
        },
        (thrown: unknown) => this.#notAnswered(ThingError.from(thrown, `${this.#who} could not be queried`)),
      )
      .finally(() => {
        this.#isAsking = false;
        if (this.#askAgain) this.#ask();
      });
  }

  #notAnswered(error: ThingError): void {
    if (PASSING.has(error.code)) {
      this.#pollLater();
    } else if (error.code === 'notFound') {
      const detail = `${this.#who} was cancelled, or the Thing keeps nothing of it any more`;
      this.#fail(new ThingError('aborted', detail, { cause: error }));
    } else {
      this.#fail(error);
    }
  }

  #pollLater(): void {
    if (this.#isOver) return;
    this.#cancelPoll();
    this.#cancelPoll = this.#plan.schedule(() => this.#ask(), this.#interval);
    this.#interval = Math.min(POLL.longest, this.#interval * POLL.growth);
  }

  async #query(actionID: string): Promise<InvocationStatus> {
    const { status } = await this.#channel.request({ op: 'queryaction', name: this.#plan.name, actionID });
    if (!status) throw new ThingError('protocol', `The answer to queryaction of '${this.#plan.name}' has no status`);
    return status;
  }

  #settle({ state, output, error }: InvocationStatus): void {
    if (state === 'completed') this.#succeed(output);
    else this.#fail(new ThingError(error?.code ?? 'failed', error?.detail ?? `${this.#who} failed`, error));
  }

  async status(): Promise<InvocationStatus> {
    return this.#query(await this.id.promise);
  }

  async cancel(): Promise<void> {
    const actionID = await this.id.promise;
    await this.#channel.request({ op: 'cancelaction', name: this.#plan.name, actionID });
    this.#fail(this.#aborted());
  }

  readonly #onAbort = (): void => {
    const actionID = this.#actionID;
    this.#fail(this.#aborted(this.#options.signal?.reason));
    if (actionID !== undefined) this.#cancelQuietly(actionID);
  };

  #aborted(cause?: unknown): ThingError {
    return new ThingError('aborted', `${this.#who} was cancelled`, { cause });
  }

  #cancelQuietly(actionID: string): void {
    this.#channel
      .request({ op: 'cancelaction', name: this.#plan.name, actionID })
      .catch((error: unknown) =>
        this.#channel.log.info({ action: this.#plan.name, error }, 'an invocation was not cancelled'),
      );
  }

  #succeed(output: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.output.resolve(output);
    this.id.reject(new ThingError('notAllowed', `${this.#who} is synchronous: its invocations have no id`));
  }

  #fail(error: ThingError): void {
    if (this.#isOver) return;
    this.#end();
    this.output.reject(error);
    this.id.reject(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#early = [];
    this.#cancelPoll();
    this.#watching?.unsubscribe();
    this.#closing.unsubscribe();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#progress.complete();
    this.#log.complete();
  }
}

const isEnded = ({ state }: InvocationStatus): boolean => state === 'completed' || state === 'failed';
