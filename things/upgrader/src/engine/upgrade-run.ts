import { ThingError } from '@thingwright/core';
import type { DriverImage, DriverResult, DriverRun } from '../driver.js';
import { stageOf } from '../phase.js';
import type { WindowState } from '../schedule.js';
import type { Upgrade } from '../upgrade.js';
import type { Report } from '../upgrade-event.js';
import { flagsOf } from '../upgrade-options.js';
import type { UpgradeRecord } from '../upgrade-record.js';

/** Why a driver has to stop. */
export type StopCause = 'cancelled' | 'timeout' | 'refused' | 'lost' | 'closing';

/** What a run needs. */
export interface RunParts {
  readonly record: UpgradeRecord;
  readonly image: DriverImage;
  /** Milliseconds that pass evenly, whatever the clock is set to. */
  readonly elapsed: () => number;
  /** Whether its device may be flashed now. */
  window(upgrade: Upgrade): Promise<WindowState>;
  /** Waits, and gives up waiting when the signal fires. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** It has something to tell that can wait a little. */
  hasNews(run: UpgradeRun): void;
}

/** Characters of a line, lines that wait to be kept, and lines of a log: more are left out. */
const LIMITS = { line: 8192, waiting: 500, log: 20_000 } as const;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;

/** An event without the fence, which the run knows. */
type Said = Report extends infer E ? (E extends Report ? Omit<E, 'fence'> : never) : never;

/** One driver at work on one upgrade, under one lease: what it says is kept in the record, and what the record says stops it. */
export class UpgradeRun implements DriverRun {
  readonly flags: readonly string[];
  readonly image: DriverImage;
  readonly fence: number;
  /** When somebody began to work on it, by what has elapsed. */
  readonly begun: number;
  readonly #parts: RunParts;
  readonly #stopping = new AbortController();
  /** Fires when nothing is to be kept any more either. */
  readonly #leaving = new AbortController();
  #latest: Upgrade;
  #phaseBegun: number;
  #lines: string[] = [];
  #omitted = 0;
  #percent: number | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(upgrade: Upgrade, parts: RunParts) {
    this.#latest = upgrade;
    this.#parts = parts;
    this.fence = upgrade.fence;
    this.image = parts.image;
    this.begun = parts.elapsed();
    this.#phaseBegun = this.begun;
    this.flags = flagsOf(upgrade.options);
  }

  get upgrade(): Upgrade {
    return this.#latest;
  }

  /** Since when it is in its phase, by what has elapsed. */
  get phaseBegun(): number {
    return this.#phaseBegun;
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Takes what is kept of the upgrade. */
  take(upgrade: Upgrade): void {
    if (upgrade.seq <= this.#latest.seq) return;
    if (upgrade.phase !== this.#latest.phase) this.#phaseBegun = this.#parts.elapsed();
    this.#latest = upgrade;
    if (upgrade.phase === 'cancelling') this.stop('cancelled');
  }

  /** Asks the driver to stop. A run that has lost its lease keeps nothing more. */
  stop(cause: StopCause): void {
    if (cause === 'lost') this.#leaving.abort();
    this.#stopping.abort(new ThingError('aborted', `The upgrade is to stop: ${cause}`));
  }

  step(
    phase: Parameters<DriverRun['step']>[0],
    { progress, lines = [] }: Parameters<DriverRun['step']>[1] = {},
  ): Promise<void> {
    return this.#checkpoint(async () => {
      const waiting = this.#takeLines();
      this.#percent = undefined;
      const told = { phase, lines: [...waiting, ...lines], ...(progress === undefined ? {} : { progress }) };
      await this.#report({ type: 'step', ...told });
    });
  }

  progress(percent: number): void {
    this.#percent = percent;
    this.#parts.hasNews(this);
  }

  log(line: string): void {
    if (this.#lines.length < LIMITS.waiting) this.#lines.push(line.slice(0, LIMITS.line));
    else this.#omitted++;
    this.#parts.hasNews(this);
  }

  async flash(lines: readonly string[] = []): Promise<void> {
    this.signal.throwIfAborted();
    const { isOpen } = await this.#parts.window(this.#latest);
    if (!isOpen) throw new ThingError('conflict', 'The maintenance window is closed');
    await this.#checkpoint(() => this.#report({ type: 'flash', lines: [...this.#takeLines(), ...lines] }));
  }

  /** Keeps what waits; never rejects. */
  async tell(): Promise<void> {
    if (this.#lines.length === 0 && this.#percent === undefined) return;
    await this.#inTurn(() => this.#tellNow()).catch(() => undefined);
  }

  /** Keeps how the driver ended; never rejects. Gives what the upgrade is then. */
  async settle(result: DriverResult): Promise<Upgrade> {
    const said = await this.#outcome(result);
    await this.#inTurn(async () => {
      await this.#tellNow().catch(() => undefined);
      // What a driver cannot have done is what is known of it: lost once it was flashed, else tried again.
      for (const event of [said, { type: 'lose', lines: result.lines ?? [] }, { type: 'stopped' }] satisfies Said[]) {
        if (await this.#isKept(event)) return;
      }
    });
    return this.#latest;
  }

  async #isKept(event: Said): Promise<boolean> {
    try {
      await this.#report(event);
      return true;
    } catch (error) {
      // A conflict: the next one may fit. Anything else: it is not ours any more.
      return !(error instanceof ThingError && error.code === 'conflict');
    }
  }

  async #outcome(result: DriverResult): Promise<Said> {
    const lines = result.lines ?? [];
    const verified = 'verified' in result && result.verified ? { verified: result.verified } : {};
    switch (result.result) {
      case 'succeeded':
        return { type: 'end', phase: 'succeeded', lines, ...verified };
      case 'notNeeded':
        return { type: 'end', phase: 'not-needed', lines, ...verified };
      case 'rolledBack':
        return { type: 'end', phase: 'rolled-back', lines, ...verified };
      case 'unfit':
        return { type: 'end', phase: 'precondition-failed', lines };
      case 'failed':
        return { type: 'end', phase: 'failed', lines };
      case 'recoverable':
        for (const line of lines) this.log(line);
        return { type: 'fail', cause: result.cause };
      case 'unknown':
        return { type: 'lose', lines };
      case 'deferred':
        for (const line of lines) this.log(line);
        return { type: 'defer', until: await this.#nextWindow() };
      case 'stopped':
        return { type: 'stopped', lines };
    }
  }

  /** When the next window opens; that may have happened since this one was closed. */
  async #nextWindow(): Promise<number | null> {
    const { isOpen, until } = await this.#parts.window(this.#latest);
    return isOpen ? this.#latest.modified : until;
  }

  async #tellNow(): Promise<void> {
    const percent = this.#percent;
    const lines = this.#takeLines();
    this.#percent = undefined;
    const { phase } = this.#latest;
    if (percent !== undefined && isSteppable(phase)) {
      await this.#report({ type: 'step', phase, progress: percent, lines });
    } else if (lines.length > 0) {
      await this.#report({ type: 'log', lines });
    }
  }

  #takeLines(): readonly string[] {
    const lines = this.#lines;
    if (this.#omitted > 0) lines.push(`(${this.#omitted} lines are left out)`);
    this.#lines = [];
    this.#omitted = 0;
    return this.#latest.lines < LIMITS.log ? lines : [];
  }

  /** What a driver waits for before it goes on: refused, it has to stop. */
  async #checkpoint(work: () => Promise<void>): Promise<void> {
    this.signal.throwIfAborted();
    try {
      await this.#inTurn(work);
    } catch (error) {
      this.stop('refused');
      throw new ThingError('aborted', 'The upgrade is to stop', { cause: error });
    }
    this.signal.throwIfAborted();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Keeps an event, as soon as that can be done. */
  async #report(said: Said): Promise<void> {
    for (let wait = FIRST_PAUSE; ; wait = Math.min(LONGEST_PAUSE, wait * 2)) {
      try {
        this.take(await this.#parts.record.advance(this.#latest.id, { ...said, fence: this.fence }));
        return;
      } catch (error) {
        const isPassing = error instanceof ThingError && error.code === 'unavailable';
        if (!isPassing) throw error;
        await this.#parts.pause(wait, this.#leaving.signal);
        this.#leaving.signal.throwIfAborted();
      }
    }
  }
}

type Steppable = Parameters<DriverRun['step']>[0];

const isSteppable = (phase: Upgrade['phase']): phase is Steppable =>
  stageOf(phase) === 'running' || phase === 'rebooting' || phase === 'verifying';
