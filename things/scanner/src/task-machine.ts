import type { SCAN_FAILURES } from './scan.model.js';

/** How a scan stands; what is shown of it is {@link SHOWN}. */
export type Phase =
  /** Written to the socket; the device has not said a word of it. */
  | 'sent'
  /** The device said that it is busy. */
  | 'acknowledged'
  /** The device told its progress. */
  | 'inProgress'
  /** A file has arrived, and the scan goes on. */
  | 'delivered'
  /** The scan is over; its file is on its way, or is waited for. */
  | 'uploading'
  | 'finished'
  /** Aborted is one of its reasons. */
  | 'error';

/** What shows how a scan goes on. */
export type Sign =
  /** The device is busy, with no progress to tell. */
  | 'busy'
  /** Progress below 100. */
  | 'progress'
  /** Progress of 100: nothing more is measured. */
  | 'complete'
  /** The device says that it is free. */
  | 'idle'
  /** A file arrived whole. */
  | 'file'
  /** No file came for so long that none will. */
  | 'waited'
  | 'failed';

/** What follows from what. Before the acknowledgement, a device that is free says so of the scan before this one. */
export const STEPS: Readonly<Record<Phase, Readonly<Record<Sign, Phase>>>> = {
  sent: {
    busy: 'acknowledged',
    progress: 'inProgress',
    complete: 'uploading',
    idle: 'sent',
    file: 'delivered',
    waited: 'sent',
    failed: 'error',
  },
  acknowledged: {
    busy: 'acknowledged',
    progress: 'inProgress',
    complete: 'uploading',
    idle: 'uploading',
    file: 'delivered',
    waited: 'acknowledged',
    failed: 'error',
  },
  inProgress: {
    busy: 'inProgress',
    progress: 'inProgress',
    complete: 'uploading',
    idle: 'uploading',
    file: 'delivered',
    waited: 'inProgress',
    failed: 'error',
  },
  delivered: {
    busy: 'delivered',
    progress: 'delivered',
    complete: 'finished',
    idle: 'finished',
    file: 'delivered',
    waited: 'delivered',
    failed: 'error',
  },
  uploading: {
    busy: 'uploading',
    progress: 'uploading',
    complete: 'uploading',
    idle: 'uploading',
    file: 'finished',
    waited: 'finished',
    failed: 'error',
  },
  finished: {
    busy: 'finished',
    progress: 'finished',
    complete: 'finished',
    idle: 'finished',
    file: 'finished',
    waited: 'finished',
    failed: 'finished',
  },
  error: {
    busy: 'error',
    progress: 'error',
    complete: 'error',
    idle: 'error',
    file: 'error',
    waited: 'error',
    failed: 'error',
  },
};

/** The status of each phase in the words of the wire. */
export const SHOWN = {
  sent: 'STARTED',
  acknowledged: 'INPROGRESS',
  inProgress: 'INPROGRESS',
  delivered: 'INPROGRESS',
  uploading: 'INPROGRESS',
  finished: 'FINISHED',
  error: 'ERROR',
} as const;

/** Why a scan failed, in a code and in words. */
export interface Failure {
  readonly code: (typeof SCAN_FAILURES)[number];
  readonly message: string;
}

/** A scan as the machine sees it: plain data, so that it can be kept. Times are milliseconds since 1970. */
export interface TaskState {
  readonly phase: Phase;
  /** 0 to 100; never falls. */
  readonly percent: number;
  /** Whether a file belongs to it. */
  readonly expectsFile: boolean;
  /** Milliseconds that the device may say nothing of it. */
  readonly maxSilence: number;
  readonly sentAt: number;
  /** When the device said something of it last. */
  readonly heardAt: number;
  readonly acknowledgedAt?: number;
  readonly endedAt?: number;
  /** Since when nothing but its file is missing. */
  readonly waitingSince?: number;
  /** Since when the device is away. */
  readonly lostSince?: number;
  /** When it was asked to stop. */
  readonly abortedAt?: number;
  /** The device said that it has stopped. */
  readonly abortConfirmed?: boolean;
  readonly isTransferring: boolean;
  /** The device came back in the middle of it: it will not say that it is free. */
  readonly isResumed: boolean;
  /** It was begun by a process before this one, and the device is not back yet. */
  readonly isRecovered: boolean;
  readonly failure?: Failure;
}

/** What happens to a scan. */
export type Happening =
  | { readonly type: 'busy' | 'idle' }
  | { readonly type: 'progress'; readonly percent: number }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'transferBegan' }
  | { readonly type: 'transferEnded'; readonly isVerified: boolean }
  /** Bytes of a file. */
  | { readonly type: 'heard' }
  | { readonly type: 'lost' }
  /** The device is back; a device of the first generation has forgotten its scan. */
  | { readonly type: 'returned'; readonly hasForgotten: boolean }
  | { readonly type: 'abort' }
  /** This process found it unfinished at its start. */
  | { readonly type: 'recovered' }
  /** Nothing but that time passes. */
  | { readonly type: 'time' };

/** How long each party has, in milliseconds (rule 8). */
export const PATIENCE = {
  acknowledgement: 10_000,
  abort: 10_000,
  disconnect: 60_000,
  result: 30_000,
} as const;

/** A scan that was written to the socket at this moment. */
export const sentTask = (
  now: number,
  { expectsFile, maxSilence }: Pick<TaskState, 'expectsFile' | 'maxSilence'>,
): TaskState => ({
  phase: 'sent',
  percent: 0,
  expectsFile,
  maxSilence,
  sentAt: now,
  heardAt: now,
  isTransferring: false,
  isResumed: false,
  isRecovered: false,
});

/** Whether nothing can happen to it any more. */
export const isOver = ({ phase }: TaskState): boolean => phase === 'finished' || phase === 'error';

/** What becomes of a scan. One that is over stays as it is: it ends once. */
export function advance(task: TaskState, happening: Happening, now: number): TaskState {
  if (isOver(task)) return task;
  switch (happening.type) {
    case 'busy':
      return step({ ...task, heardAt: now }, 'busy', now);
    case 'progress': {
      const percent = Math.max(task.percent, happening.percent);
      return step({ ...task, percent, heardAt: now }, percent === 100 ? 'complete' : 'progress', now);
    }
    case 'idle':
      if (task.abortedAt !== undefined && task.phase !== 'sent') return aborted(task, true, now);
      return step(heard(task, now), 'idle', now);
    case 'error':
      if (task.abortedAt !== undefined) return aborted(task, true, now);
      return failed(task, { code: 'device-error', message: happening.message }, now);
    case 'transferBegan':
      return { ...task, heardAt: now, isTransferring: true };
    case 'transferEnded':
      return transferEnded(task, happening.isVerified, now);
    case 'heard':
      return heard(task, now);
    case 'lost':
      if (task.abortedAt !== undefined) return aborted(task, false, now);
      return { ...task, isTransferring: false, lostSince: task.lostSince ?? now };
    case 'returned':
      return returned(task, happening.hasForgotten, now);
    case 'abort':
      // Who is away cannot be asked, nor be in the way of anybody.
      if (task.lostSince !== undefined) return aborted(task, false, now);
      return { ...task, abortedAt: task.abortedAt ?? now };
    case 'recovered':
      return { ...task, isTransferring: false, isRecovered: true, lostSince: now };
    case 'time':
      return elapse(task, now);
  }
}

/** Before the acknowledgement, nothing but that is heard of it. */
const heard = (task: TaskState, now: number): TaskState => (task.phase === 'sent' ? task : { ...task, heardAt: now });

function step(task: TaskState, sign: Sign, now: number): TaskState {
  const phase = STEPS[task.phase][sign];
  if (phase === 'finished') return { ...task, phase, percent: 100, endedAt: now };
  if (phase === task.phase) return task;
  const acknowledgedAt = task.acknowledgedAt ?? now;
  // Nothing is waited for where no file belongs to it.
  if (phase === 'uploading' && !task.expectsFile) {
    return { ...task, phase: 'finished', percent: 100, acknowledgedAt, endedAt: now };
  }
  return { ...task, phase, acknowledgedAt, ...(phase === 'uploading' ? { waitingSince: now } : {}) };
}

const failed = (task: TaskState, failure: Failure, now: number): TaskState => ({
  ...task,
  phase: STEPS[task.phase].failed,
  endedAt: now,
  isTransferring: false,
  failure,
});

const aborted = (task: TaskState, abortConfirmed: boolean, now: number): TaskState => ({
  ...failed(task, { code: 'aborted', message: 'The scan was aborted' }, now),
  abortConfirmed,
});

function transferEnded(task: TaskState, isVerified: boolean, now: number): TaskState {
  // Whatever became of the file: the device has as much time as before for the next try.
  const ended = {
    ...task,
    heardAt: now,
    isTransferring: false,
    ...(task.phase === 'uploading' ? { waitingSince: now } : {}),
  };
  if (!isVerified) return ended;
  const delivered = step(ended, 'file', now);
  return delivered.isResumed ? step(delivered, 'idle', now) : delivered;
}

function returned(task: TaskState, hasForgotten: boolean, now: number): TaskState {
  if (task.lostSince === undefined) return task;
  if (hasForgotten) return failed(task, lossOf(task), now);
  const { lostSince: _lost, ...there } = task;
  return {
    // The time of a restart is not held against a device that has not acknowledged yet.
    ...(task.isRecovered ? { ...there, heardAt: now } : heard(there, now)),
    isResumed: true,
    isRecovered: false,
    ...(task.phase === 'uploading' ? { waitingSince: now } : {}),
  };
}

const lossOf = ({ isRecovered }: TaskState): Failure =>
  isRecovered
    ? { code: 'server-restart', message: 'The server was restarted, and the device did not go on with the scan' }
    : { code: 'disconnected', message: 'The device was disconnected, and did not go on with the scan' };

/** When, and how, a scan ends or goes on if nothing happens. */
function patienceOf(task: TaskState): readonly (readonly [due: number, then: (now: number) => TaskState])[] {
  const { phase, abortedAt, lostSince, waitingSince } = task;
  const fail = (failure: Failure) => (now: number) => failed(task, failure, now);
  if (abortedAt !== undefined) return [[abortedAt + PATIENCE.abort, (now) => aborted(task, false, now)]];
  if (phase === 'sent' && !task.isRecovered) {
    const message = 'The device did not acknowledge the scan';
    return [[task.heardAt + PATIENCE.acknowledgement, fail({ code: 'no-ack', message })]];
  }
  if (lostSince !== undefined) return [[lostSince + PATIENCE.disconnect, fail(lossOf(task))]];
  if (task.isTransferring) return [];
  if (waitingSince !== undefined) return [[waitingSince + PATIENCE.result, (now) => step(task, 'waited', now)]];
  const message = `The device said nothing of the scan for ${task.maxSilence / 1000} s`;
  return [[task.heardAt + task.maxSilence, fail({ code: 'silent', message })]];
}

function elapse(task: TaskState, now: number): TaskState {
  const due = patienceOf(task).find(([time]) => time <= now);
  return due ? due[1](now) : task;
}
