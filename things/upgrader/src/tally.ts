import { nextStatusOf, type Phase, stageOf, statusOf } from './phase.js';

/** How many upgrades of one group are in one phase. */
export interface PhaseCount {
  readonly group: number;
  readonly phase: Phase;
  readonly count: number;
}

/** Upgrades by the status that clients see, and what clients compute with (reference, section 6). */
export interface Counts {
  readonly total: number;
  readonly inProgress: number;
  readonly success: number;
  readonly failed: number;
  readonly aborted: number;
  readonly cancelled: number;
  /** All but those in progress. */
  readonly completed: number;
  /** Of those in progress: that wait for their device, their group, their window, or a person. */
  readonly pending: number;
  /** Failed, rolled back, or unfit: what error thresholds count. Superseded and cancelled ones are nobody's failure. */
  readonly errors: number;
}

/** The counts of no upgrade. */
export const NO_COUNTS: Counts = {
  total: 0,
  inProgress: 0,
  success: 0,
  failed: 0,
  aborted: 0,
  cancelled: 0,
  completed: 0,
  pending: 0,
  errors: 0,
};

/** How many upgrades of a campaign are in which phase, kept up change by change. Groups are numbered from 0. */
export interface Tally {
  /** Takes a change of one upgrade; before it was in no phase if it is new. */
  move(group: number, from: Phase | undefined, to: Phase | undefined): void;
  /** Of one group, or of all. */
  counts(group?: number): Counts;
  /** Of one group, or of all, only phases that somebody is in. */
  phases(group?: number): Readonly<Partial<Record<Phase, number>>>;
}

/** Makes a Tally that begins with these. Its work does not grow with the number of upgrades. */
export function createTally(counted: readonly PhaseCount[] = []): Tally {
  const groups = new Map<number, Map<Phase, number>>();
  const add = (group: number, phase: Phase, by: number) => {
    const phases = groups.get(group) ?? new Map<Phase, number>();
    groups.set(group, phases);
    phases.set(phase, (phases.get(phase) ?? 0) + by);
  };
  const entries = (group: number | undefined) =>
    [...groups].flatMap(([number, phases]) => (group === undefined || group === number ? [...phases] : []));
  for (const { group, phase, count } of counted) add(group, phase, count);
  return {
    move(group, from, to) {
      if (from === to) return;
      if (from !== undefined) add(group, from, -1);
      if (to !== undefined) add(group, to, 1);
    },
    counts: (group) => entries(group).reduce((sum, [phase, count]) => addPhase(sum, phase, count), NO_COUNTS),
    phases(group) {
      const sums: Partial<Record<Phase, number>> = {};
      for (const [phase, count] of entries(group)) if (count > 0) sums[phase] = (sums[phase] ?? 0) + count;
      return sums;
    },
  };
}

const ERRORS: ReadonlySet<Phase> = new Set<Phase>(['failed', 'rolled-back', 'precondition-failed']);

function addPhase(counts: Counts, phase: Phase, count: number): Counts {
  const status = statusOf(phase);
  const member = status === 'in-progress' ? 'inProgress' : status;
  return {
    ...counts,
    [member]: counts[member] + count,
    total: counts.total + count,
    completed: counts.completed + (stageOf(phase) === 'ended' ? count : 0),
    pending: counts.pending + (nextStatusOf(phase) === 'pending' ? count : 0),
    errors: counts.errors + (ERRORS.has(phase) ? count : 0),
  };
}
