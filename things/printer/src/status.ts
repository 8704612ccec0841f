/** How a printer stands, in words: its status id brought to one small set (reference, section 3.2). */
export const STATUS_GROUPS = [
  'occupied',
  'idle',
  'preparing',
  'running',
  'pausing',
  'paused',
  'resuming',
  'finishing',
  'finished',
  'aborting',
  'aborted',
  'error',
  'attention',
  'unknown',
] as const;

/** One of {@link STATUS_GROUPS}. */
export type StatusGroup = (typeof STATUS_GROUPS)[number];

/** What a person may ask of a printer's task. */
export type TaskCommand = 'start' | 'pause' | 'resume' | 'abort' | 'quit';

/** Every id that is known, with its group and with what the vendor calls it, if the vendor does. */
const KNOWN: ReadonlyMap<number, readonly [StatusGroup, string]> = new Map([
  [-17, ['occupied', 'OCCUPIED_CARTRIDGE']],
  [-10, ['occupied', 'OCCUPIED_RAW']],
  [-3, ['occupied', 'OCCUPIED_SDK']],
  [-2, ['occupied', 'OCCUPIED_SCAN']],
  [-1, ['occupied', 'OCCUPIED_MAINTAIN']],
  [0, ['idle', 'IDLE']],
  [1, ['preparing', 'INIT']],
  [4, ['preparing', 'STARTING']],
  [6, ['resuming', 'RESUMING']],
  [16, ['running', 'RUNNING']],
  [17, ['resuming', 'RESUMING']],
  [18, ['resuming', 'RESUMING']],
  [32, ['paused', 'PAUSED']],
  [36, ['paused', 'PAUSED']],
  [38, ['pausing', 'PAUSING']],
  [48, ['paused', 'PAUSED']],
  [50, ['pausing', 'PAUSING']],
  [64, ['finished', 'COMPLETED']],
  [66, ['finishing', 'COMPLETING']],
  [68, ['finishing', 'COMPLETING']],
  [128, ['aborted', 'ABORTED']],
  [130, ['aborting', 'ABORTING']],
  [132, ['aborting', 'ABORTING']],
  [256, ['error', 'ALARM']],
  [512, ['error', 'FATAL']],
  [1024, ['attention', 'TOOLHEAD_CHANGE']],
]);

/** The bits of a positive id, the highest first: the group, and the one on the way to or from it. */
const BITS: readonly (readonly [bit: number, settled: StatusGroup, moving: StatusGroup])[] = [
  [1024, 'attention', 'attention'],
  [512, 'error', 'error'],
  [256, 'error', 'error'],
  [128, 'aborted', 'aborting'],
  [64, 'finished', 'finishing'],
  [32, 'paused', 'pausing'],
  [16, 'running', 'resuming'],
  [4, 'preparing', 'resuming'],
  [1, 'preparing', 'preparing'],
];
const MOVING = 2;
const PAUSED = 32;
const COMPLETED = 64;
const ABORTED = 128;
const OVER = COMPLETED | ABORTED;

/** The group of a status id: by the table, else by its bits, else `occupied` for a negative and `unknown` for a positive one. */
export function groupOf(id: number): StatusGroup {
  const known = KNOWN.get(id);
  if (known) return known[0];
  if (id < 0) return 'occupied';
  for (const [bit, settled, moving] of BITS) if (id & bit) return id & MOVING ? moving : settled;
  return 'unknown';
}

/** What a status id is called; of one that is not known, its group. Device and report may call it otherwise, after a macro that runs. */
export const labelOf = (id: number): string => KNOWN.get(id)?.[1] ?? groupOf(id).toUpperCase();

const ENDED: ReadonlySet<StatusGroup> = new Set(['finished', 'aborted']);
const TASKLESS: ReadonlySet<StatusGroup> = new Set(['idle', 'occupied', 'finished', 'aborted', 'unknown']);

/** Whether a printer in this state has a task that has not ended. */
export const hasTask = (id: number): boolean => !TASKLESS.has(groupOf(id));

/** Whether a task has ended here and has to be cleared before the next one. */
export const isEnded = (id: number): boolean => ENDED.has(groupOf(id));

/**
 * Whether the device lets a command pass in a state (reference, section 3.2). A task that has ended is no obstacle to `start`: it is
 * cleared first.
 */
export function permits(id: number, command: TaskCommand): boolean {
  switch (command) {
    case 'start':
      return id === 0 || permits(id, 'quit');
    case 'pause':
      return hasTask(id) && (id & (PAUSED | OVER)) === 0;
    case 'resume':
      return id > 0 && (id & (PAUSED | MOVING)) === PAUSED;
    case 'abort':
      return hasTask(id) && (id & OVER) === 0;
    case 'quit':
      return id === COMPLETED || id === ABORTED;
  }
}
