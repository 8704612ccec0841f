import { type InvocationStatus, type LogLine, sameValue, ThingError } from '@thingwright/core';
import type { ReportedRun } from '@thingwright/web-thing-protocol/legacy';
import type { Schedule } from '../schedule.js';
import { hasEnded, type LocatedRun, toInvocationStatus } from './located-run.js';

/** What following needs. */
export interface FollowedRunsParts {
  readonly schedule: Schedule;
  /** Asks the server how a run stands. */
  query(action: string, url: string): Promise<LocatedRun>;
  /** Something is to be told of a run: the data of an event `actionStatus`. */
  tell(data: Readonly<Record<string, unknown>>): void;
}

interface Followed {
  readonly actionID: string;
  readonly action: string;
  readonly url: string;
  state: ReportedRun['state'];
  progress: unknown;
  /** The last line of its log that was told. */
  line: LogLine | undefined;
  isAsking: boolean;
  /** Questions in a row that were not answered in time. */
  unanswered: number;
  /** What the socket said of its end. */
  end: LocatedRun | undefined;
  /** It was requested here, and its end has not been told. */
  isAwaited: boolean;
  cancelPoll: () => void;
}

/** Milliseconds until a run is first asked for, and between two questions; as LabThings' own client has it. */
const POLL = { first: 50, next: 500 } as const;
/** Runs that are remembered; the oldest are forgotten first, before those whose end somebody waits for. */
const REMEMBERED = 1000;
/** So many questions in a row may stay without an answer. */
const PATIENCE = 10;
/** Errors after which a later question may be answered. */
const PASSING: ReadonlySet<string> = new Set<ThingError['code']>(['disconnected', 'timeout', 'unavailable', 'tooMany']);

const nothing = (): void => {};

/**
 * The runs of actions at a server that tells little of them: where each one is, and what becomes of those that somebody follows.
 * They are asked for over HTTP; what a socket says of them is a reason to ask at once.
 */
export class FollowedRuns {
  readonly #parts: FollowedRunsParts;
  readonly #runs = new Map<string, Followed>();
  #followers = 0;

  constructor(parts: FollowedRunsParts) {
    this.#parts = parts;
  }

  /** Somebody wants to be told; gives back what ends that. Without anybody nothing is asked. */
  follow(): () => void {
    this.#followers++;
    return () => {
      this.#followers--;
      if (this.#followers === 0) this.stop();
    };
  }

  /** Asks for nothing any more. */
  stop(): void {
    for (const run of this.#runs.values()) {
      run.isAwaited = false;
      run.cancelPoll();
    }
  }

  /** Remembers a run that was just requested, and follows it. */
  add(run: LocatedRun): InvocationStatus {
    const isAwaited = !hasEnded(run);
    const status = this.#keep(run, isAwaited);
    const followed = this.#runs.get(status.actionID);
    if (followed && isAwaited) this.#askLater(followed, POLL.first);
    return status;
  }

  /** Remembers where a run is. */
  remember(run: LocatedRun): InvocationStatus {
    return this.#keep(run, false);
  }

  #keep(run: LocatedRun, isAwaited: boolean): InvocationStatus {
    const { action, url, state } = run;
    const actionID = this.#idFor(run);
    if (!this.#runs.has(actionID)) {
      this.#runs.set(actionID, {
        ...{ actionID, action, url, state, progress: undefined, line: undefined },
        ...{ isAsking: false, unanswered: 0, end: undefined, isAwaited, cancelPoll: nothing },
      });
      this.#forgetOldest();
    }
    return toInvocationStatus(run, actionID);
  }

  /** How a run stands. Rejects with a ThingError: `notFound` for one that is not known here. */
  async query(actionID: string): Promise<InvocationStatus> {
    const run = this.#find(actionID);
    return toInvocationStatus(run.end ?? (await this.#question(run)), actionID);
  }

  /** Where a run is. @throws ThingError `notFound` for one that is not known here. */
  urlOf(actionID: string): string {
    return this.#find(actionID).url;
  }

  /** The socket said something of a run; `url` is where it is, if it said that. What it says of an end is not asked for again. */
  heard(report: ReportedRun, url: string | undefined): void {
    for (const followed of this.#runs.values()) {
      const isMeant = url === undefined ? followed.action === report.action : followed.url === url;
      if (!isMeant || hasEnded(followed)) continue;
      if (url !== undefined && hasEnded(report) && report.timeEnded !== undefined) {
        followed.end = { ...report, url, log: [] };
        this.#took(followed, followed.end);
      } else {
        this.#ask(followed);
      }
    }
  }

  #find(actionID: string): Followed {
    const run = this.#runs.get(actionID);
    if (!run) throw new ThingError('notFound', `The invocation '${actionID}' is not known`);
    return run;
  }

  /** The end of its address names it, unless another one is named so. */
  #idFor({ actionID, url }: LocatedRun): string {
    const short = actionID ?? url;
    const other = this.#runs.get(short);
    return other && other.url !== url ? url : short;
  }

  #forgetOldest(): void {
    if (this.#runs.size <= REMEMBERED) return;
    const run = this.#oldest(({ isAwaited }) => !isAwaited) ?? this.#oldest(() => true);
    if (!run) return;
    run.cancelPoll();
    this.#runs.delete(run.actionID);
    if (run.isAwaited) this.#tellFailed(run);
  }

  #oldest(wanted: (run: Followed) => boolean): Followed | undefined {
    for (const run of this.#runs.values()) if (wanted(run)) return run;
    return undefined;
  }

  #askLater(run: Followed, milliseconds: number): void {
    run.cancelPoll();
    if (this.#followers === 0 || this.#runs.get(run.actionID) !== run) return;
    run.cancelPoll = this.#parts.schedule(() => this.#ask(run), milliseconds);
  }

  #ask(run: Followed): void {
    run.cancelPoll();
    if (run.isAsking || this.#followers === 0) return;
    run.isAsking = true;
    this.#question(run)
      .then(
        (report) => this.#took(run, report),
        (thrown: unknown) => this.#notAnswered(run, ThingError.from(thrown, `'${run.url}' could not be asked for`)),
      )
      .finally(() => {
        run.isAsking = false;
      });
  }

  /** A server that answers no question is not asked for ever: it ends with `protocol`, which is no error to wait for. */
  async #question(run: Followed): Promise<LocatedRun> {
    const { action, url } = run;
    try {
      const report = await this.#parts.query(action, url);
      run.unanswered = 0;
      return report;
    } catch (thrown) {
      const isMute = thrown instanceof ThingError && thrown.code === 'timeout';
      run.unanswered = isMute ? run.unanswered + 1 : 0;
      if (run.unanswered < PATIENCE) throw thrown;
      throw new ThingError('protocol', `The server answers no question about '${url}'`, { cause: thrown });
    }
  }

  #took(run: Followed, report: LocatedRun): void {
    for (const { message } of this.#newLines(run, report.log)) this.#tell(run, { log: message });
    if (report.progress !== undefined && !sameValue(report.progress, run.progress)) {
      run.progress = report.progress;
      this.#tell(run, { progress: report.progress });
    }
    if (report.state !== run.state) {
      run.state = report.state;
      this.#tell(run, {});
    }
    if (hasEnded(report)) {
      run.isAwaited = false;
      run.cancelPoll();
    } else {
      this.#askLater(run, POLL.next);
    }
  }

  #notAnswered(run: Followed, { code }: ThingError): void {
    if (PASSING.has(code)) this.#askLater(run, POLL.next);
    else this.#tellFailed(run);
  }

  /** Who follows asks for itself then, and learns why. */
  #tellFailed(run: Followed): void {
    run.state = 'failed';
    run.isAwaited = false;
    this.#tell(run, {});
  }

  #newLines(run: Followed, log: readonly LogLine[]): readonly LogLine[] {
    const told = log.findLastIndex(({ message, time }) => message === run.line?.message && time === run.line.time);
    run.line = log.at(-1) ?? run.line;
    return log.slice(told + 1);
  }

  #tell({ action, actionID, state }: Followed, more: Readonly<Record<string, unknown>>): void {
    this.#parts.tell({ action, actionID, state: state === 'cancelled' ? 'failed' : state, ...more });
  }
}
