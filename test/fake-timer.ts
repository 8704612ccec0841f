import type { Timer } from '@thingwright/device-link';

/** Time that passes only when told. */
export interface FakeTimer extends Timer {
  /** Lets so many milliseconds pass; tasks run in the order they are due. */
  pass(milliseconds: number): void;
  /** Sets the clock by so many milliseconds; no time passes. */
  set(milliseconds: number): void;
  /** Milliseconds that have passed, whatever the clock was set to. */
  elapsed(): number;
  /** How many timers run. */
  readonly running: number;
}

interface Task {
  due: number;
  readonly period: number | undefined;
  readonly run: () => void;
}

/** Makes a FakeTimer that stands at a fixed moment of 2026. */
export function fakeTimer(start = Date.UTC(2026, 1, 3, 12)): FakeTimer {
  let present = start;
  let ahead = 0;
  const tasks = new Set<Task>();
  const add = (milliseconds: number, period: number | undefined, run: () => void) => {
    const task = { due: present + milliseconds, period, run };
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  return {
    now: () => present + ahead,
    set(milliseconds) {
      ahead += milliseconds;
    },
    elapsed: () => present - start,
    every: (milliseconds, run) => add(milliseconds, milliseconds, run),
    after: (milliseconds, run) => add(milliseconds, undefined, run),
    pass(milliseconds) {
      const end = present + milliseconds;
      for (;;) {
        const [next] = [...tasks].filter((task) => task.due <= end).sort((a, b) => a.due - b.due);
        if (!next) break;
        present = Math.max(present, next.due);
        if (next.period === undefined) tasks.delete(next);
        else next.due += next.period;
        next.run();
      }
      present = end;
    },
    get running() {
      return tasks.size;
    },
  };
}
