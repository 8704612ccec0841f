import type { TaskState } from './task-machine.js';

/**
 * A scan whose patience goes on as before, although the clock was set by so many milliseconds, or the process stood still for them. The
 * times that are shown stay as they were.
 */
export function patienceFrom(task: TaskState, by: number): TaskState {
  const { heardAt, waitingSince, lostSince, abortedAt } = task;
  return {
    ...task,
    heardAt: heardAt + by,
    ...(waitingSince === undefined ? {} : { waitingSince: waitingSince + by }),
    ...(lostSince === undefined ? {} : { lostSince: lostSince + by }),
    ...(abortedAt === undefined ? {} : { abortedAt: abortedAt + by }),
  };
}
