import { formatMilliseconds, type Now, state } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { Static } from 'typebox';
import type { JobAborted, JobNews, Job as JobSchema } from './job.model.js';
import { groupOf, hasTask, isEnded, type StatusGroup } from './status.js';

/** A print, from its start to its end. */
export type Job = Static<typeof JobSchema>;

/** What is known of how far a job is. */
export interface JobProgress {
  /** 0 to 1. */
  readonly progress: number | null;
  readonly traveled?: number | null;
  /** Seconds that it has run, without pauses. */
  readonly timeRunning?: number | null;
}

/** What a tracker needs. */
export interface TrackerParts {
  readonly now: Now;
  readonly newUUID: () => string;
  /** The job that was kept last. */
  readonly kept: Job | null;
  /** The job has begun, or ended, or is another. */
  changed(): void;
}

/** What is known of a print that is about to be started here. */
export interface NewJob {
  readonly jobId: string;
  readonly file: string;
  /** Seconds. */
  readonly estimate: number | null;
}

/** A new task that begins while one is thought to run: nobody goes back to this from a task. */
const INIT = 1;
const STATES: ReadonlyMap<StatusGroup, Job['state']> = new Map([
  ['preparing', 'preparing'],
  ['running', 'printing'],
  ['paused', 'paused'],
]);

/** Makes jobs out of what the status does: the property `job`, and the events of its life. */
export class JobTracker {
  readonly #parts: TrackerParts;
  readonly #job = state<Job | null>(null);
  readonly #toolheadTarget = state<number | null>(null);
  readonly #started = new Subject<Static<typeof JobNews>>();
  readonly #paused = new Subject<Static<typeof JobNews>>();
  readonly #resumed = new Subject<Static<typeof JobNews>>();
  readonly #completed = new Subject<Static<typeof JobNews>>();
  readonly #aborted = new Subject<Static<typeof JobAborted>>();
  #expected: NewJob | undefined;
  #isFirst = true;

  constructor(parts: TrackerParts) {
    this.#parts = parts;
    this.#job.set(parts.kept);
  }

  get properties() {
    return { job: this.#job.value, toolheadTarget: this.#toolheadTarget.value };
  }

  get events() {
    return {
      jobStarted: this.#started.asObservable(),
      jobPaused: this.#paused.asObservable(),
      jobResumed: this.#resumed.asObservable(),
      jobCompleted: this.#completed.asObservable(),
      jobAborted: this.#aborted.asObservable(),
    };
  }

  /** The one that runs, else the one that ran last. */
  get job(): Job | null {
    return this.#job.get() ?? null;
  }

  /** The next job to begin is this one; undefined: it did not begin after all. */
  expect(job: NewJob | undefined): void {
    this.#expected = job;
  }

  /** Seconds that the job takes, as its file says. */
  estimated(estimate: number): void {
    const job = this.#running();
    if (job) this.#job.set({ ...job, estimate });
  }

  /** What the toolhead was told to have, in degrees Celsius. */
  heated(target: number): void {
    this.#toolheadTarget.set(target);
  }

  /** The printer stands so. */
  follow(id: number, told: JobProgress): void {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const group = groupOf(id);
    if (group === 'unknown') return;
    const running = this.#running();
    if (running && id === INIT && running.state !== 'preparing') this.#end('aborted', 'unseen');
    if (hasTask(id)) this.#goesOn(group, { isFirst, ...told });
    else if (running) this.#end(group === 'finished' ? 'completed' : 'aborted', isEnded(id) ? 'aborted' : 'unseen');
  }

  #running(): Job | undefined {
    const job = this.#job.get();
    return job && job.endedAt === null ? job : undefined;
  }

  #goesOn(group: StatusGroup, told: JobProgress & { readonly isFirst: boolean }): void {
    const before = this.#running();
    const job = before ?? this.#begin();
    const next = STATES.get(group) ?? job.state;
    this.#job.set({ ...job, state: next, ...this.#measure(job, told) });
    // What ran when it was first looked at was begun before.
    if (!before && !told.isFirst) this.#started.next(this.#news(job));
    if (next === job.state) return;
    if (next === 'paused') this.#paused.next(this.#news(job));
    else if (job.state === 'paused') this.#resumed.next(this.#news(job));
    this.#parts.changed();
  }

  #begin(): Job {
    const { jobId, file, estimate } = this.#expected ?? { jobId: this.#parts.newUUID(), file: null, estimate: null };
    this.#expected = undefined;
    this.#toolheadTarget.set(null);
    const startedAt = formatMilliseconds(this.#parts.now());
    const job: Job = {
      jobId,
      file,
      state: 'preparing',
      startedAt,
      endedAt: null,
      elapsed: 0,
      estimate,
      timeLeft: estimate,
      traveled: null,
    };
    this.#job.set(job);
    this.#parts.changed();
    return job;
  }

  #measure({ startedAt, estimate, traveled }: Job, told: JobProgress) {
    const since = Math.max(0, Math.round((this.#parts.now() - Date.parse(startedAt)) / 1000));
    const elapsed = told.timeRunning ?? since;
    const isKnown = estimate !== null && told.progress !== null;
    const timeLeft = isKnown ? Math.round(estimate * (1 - told.progress)) : null;
    return { elapsed: Math.max(0, elapsed), timeLeft, traveled: told.traveled ?? traveled };
  }

  #end(state: 'completed' | 'aborted', reason: 'aborted' | 'unseen'): void {
    const job = this.#running();
    if (!job) return;
    this.#job.set({
      ...job,
      state,
      endedAt: formatMilliseconds(this.#parts.now()),
      timeLeft: state === 'completed' ? 0 : null,
    });
    this.#toolheadTarget.set(null);
    if (state === 'completed') this.#completed.next(this.#news(job));
    else this.#aborted.next({ ...this.#news(job), reason });
    this.#parts.changed();
  }

  #news({ jobId, file }: Job): Static<typeof JobNews> {
    return { jobId, file, at: formatMilliseconds(this.#parts.now()) };
  }
}
