/** What an upgrade is in the words of the five statuses that clients know (reference, section 4.3). */
export const UPGRADE_STATUSES = ['in-progress', 'success', 'failed', 'aborted', 'cancelled'] as const;

/** One of {@link UPGRADE_STATUSES}. */
export type UpgradeStatus = (typeof UPGRADE_STATUSES)[number];

/** The statuses of the next generation of clients: only who asks for them gets `pending`. */
export type NextUpgradeStatus = UpgradeStatus | 'pending';

/** What may be done with an upgrade, by where it stands. */
export type Stage =
  /** Nobody works on it. */
  | 'waiting'
  /** A driver works on it, and nothing is done that cannot be undone. */
  | 'running'
  /** A driver is asked to stop. */
  | 'stopping'
  /** The device is being flashed, or was: there is no way back. */
  | 'flashed'
  /** Nothing can happen to it any more. */
  | 'ended';

/** What is known of a phase. */
export interface PhaseFacts {
  readonly stage: Stage;
  readonly status: UpgradeStatus;
  readonly next: NextUpgradeStatus;
}

const waiting = { stage: 'waiting', status: 'in-progress', next: 'in-progress' } as const;
const pending = { stage: 'waiting', status: 'in-progress', next: 'pending' } as const;
const running = { stage: 'running', status: 'in-progress', next: 'in-progress' } as const;
const flashed = { stage: 'flashed', status: 'in-progress', next: 'in-progress' } as const;
const failed = { stage: 'ended', status: 'failed', next: 'failed' } as const;
const aborted = { stage: 'ended', status: 'aborted', next: 'aborted' } as const;
const success = { stage: 'ended', status: 'success', next: 'success' } as const;

/** Every phase of an upgrade, and what clients are told of it (reference, section 15). Phases of work are in their order. */
export const PHASES = {
  planned: waiting,
  queued: waiting,
  'waiting-retry': waiting,
  'waiting-device': pending,
  'waiting-group': pending,
  'waiting-window': pending,
  paused: pending,
  connecting: running,
  identifying: running,
  checking: running,
  uploading: running,
  testing: running,
  cancelling: { stage: 'stopping', status: 'in-progress', next: 'in-progress' },
  flashing: flashed,
  rebooting: flashed,
  verifying: flashed,
  'outcome-unknown': flashed,
  succeeded: success,
  'not-needed': success,
  failed,
  'rolled-back': failed,
  skipped: aborted,
  'precondition-failed': aborted,
  superseded: aborted,
  cancelled: { stage: 'ended', status: 'cancelled', next: 'cancelled' },
} as const satisfies Readonly<Record<string, PhaseFacts>>;

/** One of the keys of {@link PHASES}. */
export type Phase = keyof typeof PHASES;

/** The phases whose stage is that. */
export type PhaseOf<S extends Stage> = {
  readonly [P in Phase]: (typeof PHASES)[P]['stage'] extends S ? P : never;
}[Phase];

const isPhase = (text: string): text is Phase => text in PHASES;

/** All phases, in the order of {@link PHASES}. */
export const PHASE_NAMES: readonly Phase[] = Object.keys(PHASES).filter(isPhase);

/** What may be done with an upgrade in that phase. */
export const stageOf = (phase: Phase): Stage => PHASES[phase].stage;

/** What clients are told of a phase; the one function for sockets, REST, its filters and Things. */
export const statusOf = (phase: Phase): UpgradeStatus => PHASES[phase].status;

/** The same for the next generation of clients. */
export const nextStatusOf = (phase: Phase): NextUpgradeStatus => PHASES[phase].next;

/** The phases that clients see under that status, so that a filter finds what a message showed. */
export const phasesOf = (status: NextUpgradeStatus): readonly Phase[] =>
  PHASE_NAMES.filter((phase) => (status === 'pending' ? nextStatusOf(phase) : statusOf(phase)) === status);

/** Progress at and after which a device is flashed: a cancel is refused (reference, section 0.4). */
export const POINT_OF_NO_RETURN = 65;

/** The lowest and the highest progress of a phase, both included, in percent (reference, sections 5.2 and 15). */
export function progressOf(phase: Phase): readonly [lowest: number, highest: number] {
  switch (stageOf(phase)) {
    case 'flashed':
      return [POINT_OF_NO_RETURN, 99];
    case 'ended':
      return endedProgressOf(phase);
    case 'waiting':
      return phase === 'planned' ? [0, 0] : [0, POINT_OF_NO_RETURN - 1];
    default:
      return [0, POINT_OF_NO_RETURN - 1];
  }
}

function endedProgressOf(phase: Phase): readonly [number, number] {
  if (statusOf(phase) === 'success') return [100, 100];
  return phase === 'failed' || phase === 'rolled-back' ? [0, 99] : [0, POINT_OF_NO_RETURN - 1];
}
