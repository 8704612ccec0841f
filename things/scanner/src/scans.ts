import {
  type Access,
  type AcknowledgedRun,
  formatMilliseconds,
  type Now,
  type Principal,
  ThingError,
} from '@thingwright/core';
import type { Static } from 'typebox';
import { PastScans } from './past-scans.js';
import type { ScanRequest as ScanRequestSchema } from './scan.model.js';
import { ScanEvents } from './scan-events.js';
import { outcomeOf, type ScanOutcome } from './scan-outcome.js';
import { hashOfCapability, isWorthKeeping, type ScannerRecord, type TaskRecord } from './scanner-record.js';
import { patienceFrom } from './set-clock.js';
import { advance, type Happening, isOver, sentTask } from './task-machine.js';
import { acquisitionPayload } from './wire/acquisition-payload.js';
import { encodeCancel, encodeStart } from './wire/server-encoder.js';

/** What `startScan` is asked with. */
export type ScanRequest = Static<typeof ScanRequestSchema>;

/** What scans need of their device. */
export interface ScansHost {
  /** How the device is called in messages. */
  readonly name: string;
  /** Its UUID. */
  readonly deviceID: string;
  readonly now: Now;
  newUUID(): string;
  /** So many random bytes, in hexadecimal digits. */
  newSecret(bytes: number): string;
  readonly isConnected: boolean;
  /** Bytes that a frame to the device may have. */
  readonly maxFrame: number;
  /** What the next scan is measured with. */
  readonly parameter: Readonly<Record<string, unknown>>;
  /** Resolves when the device says that it is free, or has not said so for a while. */
  free(): Promise<void>;
  /** Sends the frame that starts a scan; false if it could not be. */
  start(text: string): boolean;
  send(text: string): boolean;
  /** Keeps how things stand; resolves when it outlives a crash. */
  keep(): Promise<void>;
  /** Keeps it without being waited for. */
  note(): void;
  /** A scan ended. */
  ended(task: TaskRecord): void;
}

type ScanRun = Pick<
  AcknowledgedRun<{ percent: number }>,
  'id' | 'principal' | 'signal' | 'acknowledge' | 'progress'
> & {
  readonly resumed?: object;
};

/** Milliseconds that an accepted request has until it begins. */
const RESERVATION = 10_000;

/** The scans of one device, one at a time; busy is who has one that is not over, and nothing else. */
export class Scans {
  readonly told: ScanEvents;
  readonly #host: ScansHost;
  readonly #past: PastScans;
  readonly #over = new Set<(task: TaskRecord) => void>();
  #task: TaskRecord | undefined;
  /** The invocation that began the scan that is not over. */
  #run: ScanRun | undefined;
  #transfers = 0;
  #isStarting = false;
  #reserved: { readonly request: ScanRequest; readonly until: number } | undefined;

  constructor(host: ScansHost, record: Pick<ScannerRecord, 'task' | 'past'> = { past: [] }) {
    this.#host = host;
    this.told = new ScanEvents(host.now);
    this.#past = new PastScans(record.past);
    this.#task = record.task;
    if (!record.task) return;
    this.told.tell(record.task);
    this.happens({ type: 'recovered' });
  }

  /** What has to be remembered. */
  get record(): Pick<ScannerRecord, 'past'> & { readonly task?: TaskRecord } {
    return { past: [...this.#past.record], ...(this.#task ? { task: this.#task } : {}) };
  }

  /** The scan that is not over. */
  get active(): TaskRecord | undefined {
    return this.#task && !isOver(this.#task.state) ? this.#task : undefined;
  }

  /** Whether a frame that names a task speaks of the one that runs. */
  isActive(taskID: string | undefined, capability: string | undefined): boolean {
    const { active } = this;
    if (!active || active.taskID !== taskID || capability === undefined) return false;
    return active.capabilityHash === hashOfCapability(capability);
  }

  /** What a file of that task was measured with; undefined if none is taken for it (any more). */
  parameterFor(taskID: string, capability: string): Readonly<Record<string, unknown>> | undefined {
    if (this.isActive(taskID, capability)) return this.active?.parameter;
    return this.#past.parameterFor(taskID, capability, this.#host.now());
  }

  /** Throws a ThingError at once where a scan cannot begin; a request that it accepts is the next. */
  accept(request: ScanRequest, { principal }: Pick<Access, 'principal'>): void {
    const now = this.#host.now();
    if (this.#reserved && this.#reserved.until > now) this.#refuse('conflict', 'is busy');
    this.#check(request);
    this.#encode(request, { taskID: this.#host.newUUID(), capability: this.#host.newSecret(32), principal });
    this.#reserved = { request, until: now + RESERVATION };
  }

  #check({ taskId }: ScanRequest): void {
    const { name, isConnected } = this.#host;
    if (this.#isStarting || this.active) this.#refuse('conflict', 'is busy');
    if (!isConnected) this.#refuse('unavailable', 'is offline');
    if (taskId === undefined) return;
    if (this.#task?.taskID === taskId || this.#past.has(taskId)) {
      const faults = [{ path: '/taskId', message: 'was used before' }];
      throw new ThingError('conflict', `'${name}' knows the task ${taskId} already`, { faults });
    }
  }

  #refuse(code: 'conflict' | 'unavailable', why: string): never {
    throw new ThingError(code, `'${this.#host.name}' ${why}`);
  }

  #encode(
    request: ScanRequest,
    {
      taskID,
      capability,
      principal,
    }: { readonly taskID: string; readonly capability: string; readonly principal: Principal },
  ): { readonly text: string; readonly task: Omit<TaskRecord, 'actionID' | 'state'> } {
    const { deviceID, parameter, now, maxFrame, name, newSecret } = this.#host;
    const sequenceID = request.sequence.id ?? newSecret(12);
    const context = {
      taskID,
      deviceID,
      sequenceID,
      capability,
      parameter,
      creator: principal.id,
      now: formatMilliseconds(now()),
    };
    const text = encodeStart(acquisitionPayload(request, context));
    if (Buffer.byteLength(text) > maxFrame) {
      throw new ThingError('tooLarge', `'${name}' takes at most ${maxFrame} bytes of a scan with its sequence`);
    }
    const capabilityHash = hashOfCapability(capability);
    const task = { taskID, capabilityHash, name: request.name ?? 'scan', sequenceID, parameter, resultIDs: [] };
    return { text, task };
  }

  /** Scans, and settles when it is over; one that began in a process before this one is gone on with. */
  async scan(request: ScanRequest, run: ScanRun): Promise<ScanOutcome> {
    // By the task, which is kept before anything is sent; that the handler was called may be lost in a crash.
    if (this.#task?.actionID !== run.id) {
      if (run.resumed) throw new ThingError('unavailable', 'The scan did not begin before a restart');
      await this.#begin(request, run);
    }
    this.#run = run;
    if (this.#task?.state.acknowledgedAt !== undefined) run.acknowledge();
    const onAbort = (): void => {
      // A Thing that is closed is opened again; only who cancels wants an end.
      if (run.signal.reason instanceof ThingError && run.signal.reason.code === 'aborted') this.#cancel();
    };
    if (run.signal.aborted) onAbort();
    run.signal.addEventListener('abort', onAbort);
    try {
      return outcomeOf(await this.#end(run.signal));
    } finally {
      run.signal.removeEventListener('abort', onAbort);
    }
  }

  async #begin(request: ScanRequest, { id, principal }: ScanRun): Promise<void> {
    if (this.#reserved?.request === request) this.#reserved = undefined;
    this.#check(request);
    const { newUUID, newSecret, now, name } = this.#host;
    const names = { taskID: request.taskId ?? newUUID(), capability: newSecret(32), principal };
    const { text, task } = this.#encode(request, names);
    const { expectResult = true, maxSilenceSeconds = 1800 } = request;
    const before = this.#task;
    const sent = () => sentTask(now(), { expectsFile: expectResult, maxSilence: maxSilenceSeconds * 1000 });
    this.#isStarting = true;
    try {
      // Kept before it is sent: after a crash, its files are those of a task that is known.
      this.#task = { ...task, actionID: id, state: sent() };
      await this.#host.keep();
      await this.#host.free();
      if (!this.#host.start(text)) throw new ThingError('unavailable', `'${name}' is offline`);
    } catch (error) {
      this.#task = before;
      this.#host.note();
      throw error;
    } finally {
      this.#isStarting = false;
    }
    this.#task = { ...this.#task, state: sent() };
    this.#transfers = 0;
    this.told.tell(this.#task);
  }

  /** Resolves with the task when it is over. */
  #end(signal?: AbortSignal): Promise<TaskRecord> {
    const task = this.#task;
    if (task && isOver(task.state)) return Promise.resolve(task);
    return new Promise((resolve, reject) => {
      this.#over.add(resolve);
      const gone = (): void => {
        this.#over.delete(resolve);
        reject(signal?.reason);
      };
      if (signal?.aborted) gone();
      else signal?.addEventListener('abort', gone, { once: true });
    });
  }

  /** Asks the device to stop, and tells how that went when the scan is over. */
  async abort(taskID?: string): Promise<{ taskId: string; delivered: boolean; confirmed: boolean }> {
    const { active } = this;
    if (!active) throw new ThingError('conflict', `'${this.#host.name}' runs no scan`);
    if (taskID !== undefined && taskID !== active.taskID) {
      throw new ThingError('notFound', `'${this.#host.name}' does not run the task ${taskID}`);
    }
    const over = this.#end();
    const delivered = this.#cancel();
    const { state } = await over;
    return { taskId: active.taskID, delivered, confirmed: state.abortConfirmed === true };
  }

  #cancel(): boolean {
    const { active } = this;
    if (!active) return false;
    const isDelivered = this.#host.send(encodeCancel(active.taskID));
    this.happens({ type: 'abort' });
    return isDelivered;
  }

  /** Takes in what happens to the scan that runs; does nothing if none does. */
  happens(happening: Happening): void {
    const task = this.active;
    if (!task || this.#isStarting) return;
    const { state: before } = task;
    const state = advance(before, happening, this.#host.now());
    if (state === before) return;
    this.#change({ ...task, state }, task);
  }

  #change(task: TaskRecord, { state: before }: TaskRecord): void {
    const { state } = task;
    this.#task = task;
    const hasAdvanced = state.phase !== before.phase || state.percent !== before.percent;
    if (state.acknowledgedAt !== before.acknowledgedAt) this.#run?.acknowledge();
    if (state.percent !== before.percent) this.#run?.progress({ percent: state.percent });
    if (isOver(state)) this.#past.add(task, this.#host.now());
    if (isWorthKeeping(state, before)) this.#host.note();
    if (hasAdvanced) this.told.tell(task, before);
    if (!isOver(state)) return;
    this.#run = undefined;
    this.#host.ended(task);
    for (const resolve of this.#over) resolve(task);
    this.#over.clear();
  }

  /** A file of that task is on its way. */
  transferBegan(taskID: string): void {
    if (this.active?.taskID !== taskID) return;
    this.#transfers++;
    this.happens({ type: 'transferBegan' });
  }

  /** It is no more; `resultID` if it arrived whole. */
  transferEnded(taskID: string, resultID: string | undefined): void {
    const task = this.#task;
    if (task?.taskID !== taskID) return;
    if (resultID !== undefined) {
      this.#task = { ...task, resultIDs: [...task.resultIDs, resultID] };
      this.told.tell(this.#task, task.state);
      this.#host.note();
    }
    if (isOver(task.state)) return;
    this.#transfers = Math.max(0, this.#transfers - 1);
    this.happens({ type: 'transferEnded', isVerified: resultID !== undefined });
    if (this.#transfers > 0) this.happens({ type: 'transferBegan' });
  }

  /** The clock was set by so many milliseconds. */
  clockSet(by: number): void {
    const task = this.active;
    if (task) this.#task = { ...task, state: patienceFrom(task.state, by) };
    if (this.#reserved) this.#reserved = { ...this.#reserved, until: this.#reserved.until + by };
  }

  sweep(now: number): void {
    if (this.active) this.happens({ type: 'time' });
    this.told.sweep(now);
  }
}
