import { type Schedule, type WindowState, windowAt } from '../schedule.js';

/**
 * Makes what tells as `windowAt` does, and remembers it for as long as it holds: to work out fifty windows takes 40 ms, and ten thousand upgrades ask
 * when theirs opens. A clock that is set back is no reason to believe what was true later.
 */
export function rememberedWindows(work: typeof windowAt = windowAt): (schedule: Schedule, now: number) => WindowState {
  const known = new WeakMap<Schedule, { readonly since: number; readonly state: WindowState }>();
  return (schedule, now) => {
    const last = known.get(schedule);
    if (last && last.since <= now && now < (last.state.until ?? Number.POSITIVE_INFINITY)) return last.state;
    const state = work(schedule, now);
    known.set(schedule, { since: now, state });
    return state;
  };
}
