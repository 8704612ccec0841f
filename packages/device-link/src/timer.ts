/** Stops a timer; does nothing the second time. */
export type Stop = () => void;

/** Where long-lived parts get the time from, so that a test can make it pass at will. */
export interface Timer {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Runs `task` again and again, every so many milliseconds. */
  every(milliseconds: number, task: () => void): Stop;
  /** Runs `task` once, after so many milliseconds. */
  after(milliseconds: number, task: () => void): Stop;
}

/** The time of this machine. */
export const systemTimer: Timer = {
  now: Date.now,
  every(milliseconds, task) {
    const interval = setInterval(task, milliseconds);
    return () => clearInterval(interval);
  },
  after(milliseconds, task) {
    const timeout = setTimeout(task, milliseconds);
    return () => clearTimeout(timeout);
  },
};
