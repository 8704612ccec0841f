/** The task of a simulated printer: a table of its states, and time. */
export interface SimulatedTask {
  /** The status id of the device (reference, section 3.2). */
  readonly id: number;
  /** Milliseconds spent in this state. */
  readonly since: number;
  /** Milliseconds that it has printed. */
  readonly printed: number;
  /** Error symbols with spaces between; empty without an error. */
  readonly error: string;
}

/** How long a task takes, in milliseconds. */
export interface TaskTimes {
  /** Of every state on the way to another. */
  readonly step: number;
  /** Of running, without pauses. */
  readonly print: number;
}

/** What a robot is told to do with its task. */
export type TaskOperation = 'start' | 'pause' | 'resume' | 'abort' | 'quit';

/** Why it does not, in the symbols of the wire. */
export type Refusal = 'NO_TASK' | 'RESOURCE_BUSY';

/** No task. */
export const IDLE: SimulatedTask = { id: 0, since: 0, printed: 0, error: '' };

const INIT = 1;
const RUNNING = 16;
const COMPLETING = 66;
const ABORTED = 128;
/** Bits of ids. */
const MOVING = 2;
const PAUSED = 32;
const OVER = 192;

/** Where a state leads that does not last. */
const NEXT: ReadonlyMap<number, number> = new Map([
  [INIT, 4],
  [4, RUNNING],
  [6, 4],
  [RUNNING, COMPLETING],
  [18, RUNNING],
  [38, 36],
  [50, 48],
  [COMPLETING, 64],
]);

/** Does what a robot is told, at once: the way to the state it settles in begins. */
export function operate(task: SimulatedTask, operation: TaskOperation): SimulatedTask | Refusal {
  const { id } = task;
  if (operation === 'start') return id === 0 ? { ...IDLE, id: INIT } : 'RESOURCE_BUSY';
  if (id === 0) return 'NO_TASK';
  const to = (next: number, error = task.error): SimulatedTask => ({ ...task, id: next, since: 0, error });
  switch (operation) {
    case 'pause':
      // A pause before the machine has started has no state to settle in.
      return id === INIT || (id & (PAUSED | OVER)) !== 0 ? 'RESOURCE_BUSY' : to(id | PAUSED | MOVING);
    case 'resume':
      return (id & (PAUSED | MOVING)) === PAUSED ? to((id & ~PAUSED) | MOVING, '') : 'RESOURCE_BUSY';
    case 'abort':
      return (id & OVER) === 0 ? to(ABORTED) : 'RESOURCE_BUSY';
    case 'quit':
      return (id & OVER) !== 0 && (id & MOVING) === 0 ? IDLE : 'RESOURCE_BUSY';
  }
}

/** Lets time pass. */
export function advance(task: SimulatedTask, milliseconds: number, times: TaskTimes): SimulatedTask {
  let now = task;
  let left = milliseconds;
  for (;;) {
    const next = NEXT.get(now.id);
    const needed = timeLeft(now, times);
    if (next === undefined || needed === undefined) return now;
    const spent = Math.min(left, needed);
    const printed = now.id === RUNNING ? now.printed + spent : now.printed;
    if (left < needed) return { ...now, since: now.since + spent, printed };
    left -= spent;
    now = { ...now, id: next, since: 0, printed };
  }
}

/** Milliseconds until it moves on by itself; undefined where it does not. */
export function timeLeft({ id, since, printed }: SimulatedTask, { step, print }: TaskTimes): number | undefined {
  if (!NEXT.has(id)) return undefined;
  return Math.max(id === RUNNING ? print - printed : step - since, 0);
}

/** How far it is, 0 to 1. */
export const progressAt = ({ printed }: SimulatedTask, { print }: TaskTimes): number =>
  print <= 0 ? 1 : Math.min(printed / print, 1);

/** What the vendor calls a state. */
const LABELS: ReadonlyMap<number, string> = new Map([
  [-1, 'ST_OCCUPIED_MAINTAIN'],
  [0, 'ST_IDLE'],
  [INIT, 'ST_INIT'],
  [4, 'ST_STARTING'],
  [6, 'ST_RESUMING'],
  [RUNNING, 'ST_RUNNING'],
  [18, 'ST_RESUMING'],
  [36, 'ST_PAUSED'],
  [38, 'ST_PAUSING'],
  [48, 'ST_PAUSED'],
  [50, 'ST_PAUSING'],
  [64, 'ST_COMPLETED'],
  [COMPLETING, 'ST_COMPLETING'],
  [ABORTED, 'ST_ABORTED'],
]);

/** What the device calls a state. */
export const labelOf = (id: number): string => LABELS.get(id) ?? 'ST_UNKNOWN';
