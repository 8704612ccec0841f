import { createBackOff, type Log, ThingError } from '@thingwright/core';
import { createTurns } from '../turns.js';
import type { RobotReport } from '../wire/robot-report.js';
import { readEstimate, readRobotReport } from './robot-commands.js';
import type { RobotSession } from './robot-session.js';

/** What a line needs. */
export interface LineParts {
  /** For logs. */
  readonly name: string;
  readonly log: Log;
  /** Opens a session with the printer; ends the attempt by the signal. */
  open(signal: AbortSignal): Promise<RobotSession>;
  /** Whether there is a job to be followed, and it can be. */
  isFollowed(): boolean;
  reported(report: RobotReport): void;
  /** Seconds that the job takes. */
  estimated(seconds: number): void;
  /** Milliseconds of a clock that nobody sets; for tests. Default that of the process. */
  readonly steady?: () => number;
}

/** Milliseconds between two reports while a job goes on. */
const POLL = 1000;
/** Milliseconds after which a session that nobody uses is given back. */
const IDLE = 10_000;
/** Commands that wait for their turn, and milliseconds for which they do. */
const MOST_WAITING = 16;
const PATIENCE = 30_000;

/**
 * The one session that short commands and reports share. It is opened when it is needed, asks for a report every second while a job
 * goes on, and is closed when it is not used. After failures the next report waits the longer the more of them there were.
 */
export class RobotLine {
  readonly #parts: LineParts;
  readonly #inTurn = createTurns({ most: MOST_WAITING, patience: PATIENCE });
  readonly #closing = new AbortController();
  readonly #backOff = createBackOff({ minimum: POLL, maximum: 30_000 });
  readonly #steady: () => number;
  #session: RobotSession | undefined;
  /** Who uses the session, or waits for a turn. */
  #users = 0;
  #usedAt = 0;
  #pollAt = 0;
  #failures = 0;
  #isPolling = false;
  #knowsEstimate = false;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#steady = parts.steady ?? (() => performance.now());
  }

  /** Does something with the session, when it is its turn. */
  async use<T>(work: (session: RobotSession) => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await this.#inTurn(() => this.#useNow(work));
    } finally {
      this.#users--;
    }
  }

  async #useNow<T>(work: (session: RobotSession) => Promise<T>): Promise<T> {
    const session = await this.#open();
    try {
      return await work(session);
    } finally {
      this.#usedAt = this.#steady();
      if (!session.isOpen) this.#drop();
    }
  }

  async #open(): Promise<RobotSession> {
    if (this.#closing.signal.aborted)
      throw new ThingError('unavailable', `'${this.#parts.name}' is not served any more`);
    if (this.#session?.isOpen) return this.#session;
    this.#drop();
    const session = await this.#parts.open(this.#closing.signal);
    this.#session = session;
    return session;
  }

  /** The device has ended the session, or must be asked anew who it is. */
  #drop(): void {
    this.#session?.[Symbol.dispose]();
    this.#session = undefined;
  }

  /** Asks how the printer stands, and has that taken in. */
  report(): Promise<RobotReport> {
    return this.use((session) => this.#report(session));
  }

  async #report(session: RobotSession): Promise<RobotReport> {
    const report = await readRobotReport(session);
    this.#parts.reported(report);
    return report;
  }

  /** Does what time brings; called a few times a second. */
  sweep(): void {
    const now = this.#steady();
    if (!this.#parts.isFollowed()) {
      this.#knowsEstimate = false;
      if (this.#users === 0 && now - this.#usedAt > IDLE) this.#drop();
      return;
    }
    if (this.#isPolling || now < this.#pollAt) return;
    this.#isPolling = true;
    this.#pollAt = now + POLL;
    void this.#poll();
  }

  async #poll(): Promise<void> {
    try {
      await this.use(async (session) => {
        await this.#report(session);
        if (!this.#knowsEstimate) {
          const seconds = await readEstimate(session);
          this.#knowsEstimate = true;
          if (seconds !== null) this.#parts.estimated(seconds);
        }
      });
      this.#failures = 0;
    } catch (error) {
      this.#pollAt = this.#steady() + this.#backOff(this.#failures++);
      const { name, log } = this.#parts;
      log.debug({ printer: name, error }, 'a printer does not say how it stands');
    } finally {
      this.#isPolling = false;
    }
  }

  /** Gives the session back; nothing can be asked any more. */
  close(): void {
    this.#closing.abort();
    this.#drop();
  }
}
