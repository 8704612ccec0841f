/** Runs something once, after some milliseconds; gives back what cancels it. Injected where a test needs it. */
export type Schedule = (run: () => void, milliseconds: number) => () => void;

/** The timers of the platform. */
export const platformSchedule: Schedule = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};
