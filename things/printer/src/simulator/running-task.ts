import type { Stop, Timer } from '@thingwright/device-link';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { RobotReport } from '../wire/robot-report.js';
import type { StatusBlock } from '../wire/status-block.js';
import type { PrinterFaults } from './printer-fault.js';
import {
  advance,
  IDLE,
  labelOf,
  operate,
  progressAt,
  type Refusal,
  type SimulatedTask,
  type TaskOperation,
  type TaskTimes,
  timeLeft,
} from './task-machine.js';

/** The task of a printer in the course of time; announcements and reports tell the same of it. */
export interface RunningTask extends Disposable {
  readonly status: StatusBlock;
  readonly report: RobotReport;
  /** The present status, then one with every state that it comes to. */
  readonly statuses: Observable<StatusBlock>;
  /** Does what it is told, or says why not. */
  operate(operation: TaskOperation): Refusal | undefined;
  /** Meets a problem: symbols with spaces between. A task that runs is paused by it. */
  meet(error: string): void;
  /** Is taken for maintenance, or given back. False if it has a task. */
  occupy(isOccupied: boolean): boolean;
}

/** What a task runs by. */
export interface TaskParts {
  readonly timer: Timer;
  readonly times: TaskTimes;
  readonly faults: PrinterFaults;
}

const OCCUPIED = -1;
const UNKNOWN = 777;
const LONGEST_TIMER = 2_147_483_647;
/** Millimetres of a second of printing. */
const SPEED = 20;

/** Makes a printer that was just switched on and has no task. */
export function createRunningTask({ timer, times, faults }: TaskParts): RunningTask {
  let task: SimulatedTask = IDLE;
  let at = timer.now();
  let isOccupied = false;
  let hasWorked = false;
  let stop: Stop = () => {};

  const idShown = (): number => {
    if (faults.has('unknownStatus')) return UNKNOWN;
    return isOccupied ? OCCUPIED : task.id;
  };
  const progressShown = (): number | null => (faults.has('nanProgress') ? null : progressAt(task, times));
  const headShown = (): string => {
    if (task.id !== 0) return 'EXTRUDER';
    return hasWorked ? 'N/A' : 'OFFLINE';
  };
  const status = (): StatusBlock => ({
    time: timer.now() / 1000,
    id: idShown(),
    progress: progressShown(),
    headModule: headShown(),
    errorLabel: task.error,
  });
  const statuses = new BehaviorSubject(status());
  const tell = (): void => {
    hasWorked ||= task.id !== 0;
    const { id, errorLabel } = statuses.value;
    if (idShown() !== id || task.error !== errorLabel) statuses.next(status());
  };
  /** Brings the task to now, state by state; a clock that was set back makes no time. */
  const settle = (): void => {
    const now = timer.now();
    let elapsed = Math.max(now - at, 0);
    at = now;
    for (let left = timeLeft(task, times); left !== undefined && left <= elapsed; left = timeLeft(task, times)) {
      task = advance(task, left, times);
      elapsed -= left;
      tell();
    }
    task = advance(task, elapsed, times);
  };
  /** Goes on from a state that was come to. */
  const proceed = (): void => {
    tell();
    stop();
    const left = timeLeft(task, times);
    if (left === undefined) return;
    // Timers may come a little early, and take no longer time.
    stop = timer.after(Math.min(Math.max(left, 1), LONGEST_TIMER), () => {
      settle();
      proceed();
    });
  };

  return {
    statuses: statuses.asObservable(),
    get status() {
      settle();
      return status();
    },
    get report() {
      settle();
      const { printed, error } = task;
      return {
        id: idShown(),
        label: labelOf(idShown()),
        error: error === '' ? [] : error.split(' '),
        progress: progressShown(),
        traveled: faults.has('nanProgress') ? null : (printed / 1000) * SPEED,
        timeTotal: times.print / 1000,
        timeRunning: printed / 1000,
      };
    },
    operate(operation) {
      settle();
      const result = isOccupied ? 'RESOURCE_BUSY' : operate(task, operation);
      if (typeof result === 'string') return result;
      task = result;
      proceed();
      return undefined;
    },
    meet(error) {
      settle();
      const paused = operate(task, 'pause');
      task = { ...(typeof paused === 'string' ? task : paused), error };
      proceed();
    },
    occupy(wanted) {
      settle();
      if (task.id !== 0) return false;
      isOccupied = wanted;
      tell();
      return true;
    },
    [Symbol.dispose]() {
      stop();
      statuses.complete();
    },
  };
}
