import { formatMilliseconds, type Now, type State, state } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { Static } from 'typebox';
import type { Task } from './scan.model.js';
import type { TaskRecord } from './scanner-record.js';
import { type Failure, isOver, SHOWN, type TaskState } from './task-machine.js';

/** What went wrong last; the value of the property `lastError`. */
export interface LastError {
  readonly taskId: string | null;
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

const PACE = 500;

/** Tells of a scan, by properties and by events: everything that differs between two states of it. */
export class ScanEvents {
  readonly #now: Now;
  readonly currentTask = state<Static<typeof Task> | null>(null);
  readonly progress = state(0);
  readonly lastError: State<LastError | null> = state<LastError | null>(null);
  readonly #started = new Subject<{ taskId: string; at: string }>();
  readonly #progressed = new Subject<{ taskId: string; progress: number; at: string }>();
  readonly #finished = new Subject<{ taskId: string; resultIds: string[]; at: string }>();
  readonly #failed = new Subject<{ taskId: string; code: Failure['code']; message: string; at: string }>();
  #toldAt = 0;
  /** Progress that was not told yet because the one before was told a moment ago. */
  #untold: { readonly taskID: string; readonly percent: number } | undefined;

  constructor(now: Now) {
    this.#now = now;
  }

  get events() {
    return {
      scanStarted: this.#started.asObservable(),
      scanProgress: this.#progressed.asObservable(),
      scanFinished: this.#finished.asObservable(),
      scanFailed: this.#failed.asObservable(),
    };
  }

  /** Tells how a task stands, and what has happened since `before`. */
  tell(task: TaskRecord, before?: TaskState): void {
    const { taskID, state: present } = task;
    this.currentTask.set(shown(task));
    this.progress.set(present.percent);
    const at = formatMilliseconds(this.#now());
    if (present.acknowledgedAt !== undefined && before && before.acknowledgedAt === undefined) {
      this.#started.next({ taskId: taskID, at });
    }
    if (before && present.percent !== before.percent) this.#progress(taskID, present.percent);
    if (!before || !isOver(present) || isOver(before)) return;
    this.#flush();
    if (present.failure) {
      const failed = { taskId: taskID, ...present.failure, at };
      this.lastError.set(failed);
      this.#failed.next(failed);
    } else {
      this.#finished.next({ taskId: taskID, resultIds: [...task.resultIDs], at });
    }
  }

  #progress(taskID: string, percent: number): void {
    this.#untold = { taskID, percent };
    if (this.#isTime(this.#now())) this.#flush();
  }

  /** Also when the clock was set back. */
  #isTime(now: number): boolean {
    return Math.abs(now - this.#toldAt) >= PACE;
  }

  #flush(): void {
    const untold = this.#untold;
    if (!untold) return;
    this.#untold = undefined;
    this.#toldAt = this.#now();
    this.#progressed.next({ taskId: untold.taskID, progress: untold.percent, at: formatMilliseconds(this.#toldAt) });
  }

  sweep(now: number): void {
    if (this.#untold && this.#isTime(now)) this.#flush();
  }
}

function shown({ taskID, name, sequenceID, resultIDs, state: present }: TaskRecord): Static<typeof Task> {
  const timeOf = (time: number | undefined): string | null => (time === undefined ? null : formatMilliseconds(time));
  return {
    taskId: taskID,
    name,
    status: SHOWN[present.phase],
    progress: present.percent,
    sequenceId: sequenceID,
    createdAt: formatMilliseconds(present.sentAt),
    sentAt: formatMilliseconds(present.sentAt),
    acknowledgedAt: timeOf(present.acknowledgedAt),
    endedAt: timeOf(present.endedAt),
    error: present.failure ?? null,
    resultIds: [...resultIDs],
  };
}
