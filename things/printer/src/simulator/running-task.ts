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
/** Millimetres of a second of printing. */
const SPEED = 20;

/** Makes a printer that was just switched on and has no task. */
export function createRunningTask({ timer, times, faults }: TaskParts): RunningTask {
  let task: SimulatedTask = IDLE;
  let at = timer.now();
  let isOccupied = false;
  let hasWorked = false;
  let stop: Stop = () => {};

  /** Brings the task to now; a clock that was set back makes no time. */
  const settled = (): SimulatedTask => {
    const now = timer.now();
    task = advance(task, Math.max(now - at, 0), times);
    at = now;
    return task;
  };
  const idShown = (): number => {
    if (faults.has('unknownStatus')) return UNKNOWN;
    return isOccupied ? OCCUPIED : task.id;
  };
  const progressShown = (): number | null => (faults.has('nanProgress') ? null : progressAt(task, times));
  const headShown = (): string => {
    if (task.id !== 0) return 'EXTRUDER';
    return hasWorked ? 'N/A' : 'OFFLINE';
  };
  const status = (): StatusBlock => {
    const { error } = settled();
    return {
      time: timer.now() / 1000,
      id: idShown(),
      progress: progressShown(),
      headModule: headShown(),
      errorLabel: error,
    };
  };
  const statuses = new BehaviorSubject(status());
  const moved = (): void => {
    hasWorked ||= task.id !== 0;
    stop();
    const left = timeLeft(task, times);
    // Timers may come a little early.
    if (left !== undefined) stop = timer.after(Math.max(left, 1), moved);
    const before = statuses.value.id;
    const now = status();
    if (now.id !== before || now.errorLabel !== statuses.value.errorLabel) statuses.next(now);
  };

  return {
    statuses: statuses.asObservable(),
    get status() {
      return status();
    },
    get report() {
      const { printed, error } = settled();
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
      const result = isOccupied ? 'RESOURCE_BUSY' : operate(settled(), operation);
      if (typeof result === 'string') return result;
      task = result;
      moved();
      return undefined;
    },
    meet(error) {
      const paused = operate(settled(), 'pause');
      task = { ...(typeof paused === 'string' ? task : paused), error };
      moved();
    },
    occupy(wanted) {
      if (settled().id !== 0) return false;
      isOccupied = wanted;
      moved();
      return true;
    },
    [Symbol.dispose]() {
      stop();
      statuses.complete();
    },
  };
}
